"""aiokafka clients as async context managers, valid on whichever loop runs them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from time import monotonic
from typing import TYPE_CHECKING, Any

from ._arguments import seconds
from ._clients import consumer_config, key_serializer, merged, topic_names
from ._errors import TimedOut
from ._extras import needed
from .kafka_test_config import KafkaTestConfig

if TYPE_CHECKING:
    from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
    from aiokafka.admin import AIOKafkaAdminClient

    from ._broker import Cluster

# A slow coordinator may hold a consumer's stop for 40 s: https://github.com/aio-libs/aiokafka/issues/773
_REQUEST_TIMEOUT_MS = 5000
_STOP_SECONDS = 5.0
# How long a client may take to end when its broker is known to be gone.
_GONE_SECONDS = 0.5
_LOOK_SECONDS = 0.01


class AioKafka:
    """``async with kafka_aio.producer() as producer: await producer.send_and_wait(topic, b"...")``"""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster

    @asynccontextmanager
    async def producer(self, **overrides: Any) -> AsyncIterator[AIOKafkaProducer]:
        """A started ``AIOKafkaProducer``; ``overrides`` are its own settings, and ``None`` takes one out."""
        config = KafkaTestConfig.as_client(KafkaTestConfig.get_producer_config(), "aiokafka")
        config["bootstrap_servers"] = self._cluster.bootstrap_servers
        config["key_serializer"] = key_serializer
        client = needed("aiokafka", "aiokafka").AIOKafkaProducer(**merged(config, overrides))
        try:
            await client.start()
            yield client
        finally:
            await self._end(client.stop())

    @asynccontextmanager
    async def consumer(
        self,
        topics: str | Sequence[str],
        group: str | None = None,
        *,
        wait_assigned: bool = False,
        timeout_seconds: float = 10.0,
        **overrides: Any,
    ) -> AsyncIterator[AIOKafkaConsumer]:
        """A started ``AIOKafkaConsumer`` of some topics, in a group of its own unless named.

        With ``wait_assigned`` it has its partitions and its positions in them, so that nothing that is produced
        afterwards is missed; ``TimedOut`` after ``timeout_seconds``.
        """
        names = topic_names("kafka_aio.consumer", topics)
        seconds("timeout_seconds", timeout_seconds)
        config = KafkaTestConfig.as_client(consumer_config(self._cluster, group), "aiokafka")
        config["request_timeout_ms"] = _REQUEST_TIMEOUT_MS
        client = needed("aiokafka", "aiokafka").AIOKafkaConsumer(*names, **merged(config, overrides))
        try:
            await client.start()
            if wait_assigned:
                await _wait_assigned(client, names, timeout_seconds)
            yield client
        finally:
            await self._end(client.stop())

    @asynccontextmanager
    async def admin(self, **overrides: Any) -> AsyncIterator[AIOKafkaAdminClient]:
        """A started ``AIOKafkaAdminClient``."""
        config = {**KafkaTestConfig.get_admin_config(), "bootstrap_servers": self._cluster.bootstrap_servers}
        client = needed("aiokafka.admin", "aiokafka").AIOKafkaAdminClient(**merged(config, overrides))
        try:
            await client.start()
            yield client
        finally:
            await self._end(client.close())

    async def _end(self, ending: Any) -> None:
        if self._cluster.is_running:
            await asyncio.wait_for(ending, _STOP_SECONDS)
            return
        try:
            await asyncio.wait_for(ending, _GONE_SECONDS)
        except Exception:  # a client whose broker is gone complains in its own words, and has nothing left to do
            return


async def _wait_assigned(consumer: Any, names: list[str], timeout_seconds: float) -> None:
    deadline = monotonic() + timeout_seconds
    while not consumer.assignment():
        if monotonic() > deadline:
            raise TimedOut(f"no partition of {', '.join(names)} was assigned within {timeout_seconds} s")
        await asyncio.sleep(_LOOK_SECONDS)
    for partition in consumer.assignment():
        await consumer.position(partition)
