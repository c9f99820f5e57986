"""aiokafka clients as async context managers, valid on whichever loop runs them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

from .kafka_test_config import KafkaTestConfig

# A slow coordinator may hold a consumer's stop for 40 s: https://github.com/aio-libs/aiokafka/issues/773
_REQUEST_TIMEOUT_MS = 5000
_STOP_SECONDS = 5.0


def _aiokafka() -> Any:
    try:
        import aiokafka
    except ImportError:
        raise ImportError(
            "aiokafka is not installed: pip install aiokafka, which is the extra kafka-trial[aiokafka]"
        ) from None
    return aiokafka


async def _stop(client: Any) -> None:
    await asyncio.wait_for(client.stop(), _STOP_SECONDS)


class AioKafka:
    """``async with kafka_aio.producer() as producer: await producer.send_and_wait(topic, b"...")``"""

    @asynccontextmanager
    async def producer(self, **overrides: Any) -> AsyncIterator[Any]:
        """A started ``AIOKafkaProducer``; ``overrides`` are its own settings."""
        config = KafkaTestConfig.as_client(KafkaTestConfig.get_producer_config(), "aiokafka")
        client = _aiokafka().AIOKafkaProducer(**{**config, **overrides})
        try:
            await client.start()
            yield client
        finally:
            await _stop(client)

    @asynccontextmanager
    async def consumer(
        self, topics: str | Sequence[str], group: str | None = None, **overrides: Any
    ) -> AsyncIterator[Any]:
        """A started ``AIOKafkaConsumer`` of some topics, in a group of its own unless named."""
        names = [topics] if isinstance(topics, str) else list(topics)
        config = KafkaTestConfig.as_client(KafkaTestConfig.get_consumer_config(group or uuid4().hex), "aiokafka")
        config["request_timeout_ms"] = _REQUEST_TIMEOUT_MS
        config["isolation_level"] = "read_committed"
        client = _aiokafka().AIOKafkaConsumer(*names, **{**config, **overrides})
        try:
            await client.start()
            yield client
        finally:
            await _stop(client)

    @asynccontextmanager
    async def admin(self, **overrides: Any) -> AsyncIterator[Any]:
        """A started ``AIOKafkaAdminClient``."""
        from importlib import import_module

        _aiokafka()
        admin = import_module("aiokafka.admin")
        client = admin.AIOKafkaAdminClient(**{**KafkaTestConfig.get_admin_config(), **overrides})
        try:
            await client.start()
            yield client
        finally:
            await asyncio.wait_for(client.close(), _STOP_SECONDS)
