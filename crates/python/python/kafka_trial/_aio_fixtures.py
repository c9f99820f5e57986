"""Fixtures that need pytest-asyncio."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any

import pytest_asyncio

if TYPE_CHECKING:
    from ._aio import AioKafka


@pytest_asyncio.fixture
async def kafka_aio_producer(kafka_aio: AioKafka) -> AsyncIterator[Any]:
    """A started ``AIOKafkaProducer`` on the test's loop: ``await kafka_aio_producer.send_and_wait(topic, b"...")``."""
    async with kafka_aio.producer() as producer:
        yield producer


@pytest_asyncio.fixture
async def kafka_aio_consumer(kafka_aio: AioKafka) -> AsyncIterator[Callable[..., Any]]:
    """A factory of started consumers: ``consumer = await kafka_aio_consumer([topic], "my-group")``."""
    async with AsyncExitStack() as consumers:

        async def start(*arguments: Any, **overrides: Any) -> Any:
            return await consumers.enter_async_context(kafka_aio.consumer(*arguments, **overrides))

        start.is_consumer_factory = True  # type: ignore[attr-defined]
        yield start
