"""aiokafka clients that begin and end in the coroutine of their test, and so on its loop, whichever plugin runs it."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any, NoReturn, Protocol

import pytest

if TYPE_CHECKING:
    from aiokafka import AIOKafkaConsumer

    from ._aio import AioKafka


class AioConsumerFactory(Protocol):
    """What ``kafka_aio_consumer`` is: ``consumer = await kafka_aio_consumer(topic, group)``, stopped after the test."""

    async def __call__(
        self,
        topics: str | Sequence[str],
        group: str | None = None,
        *,
        wait_assigned: bool = False,
        timeout_seconds: float = 10.0,
        **overrides: Any,
    ) -> AIOKafkaConsumer:
        """A started ``AIOKafkaConsumer``; the arguments are those of :meth:`AioKafka.consumer`."""
        ...


class Pending:
    """What stands for a fixture until its test runs."""

    def __init__(self, name: str, aio: AioKafka) -> None:
        self._name = name
        self._aio = aio

    def begin(self, clients: AsyncExitStack) -> Any:
        """What the test gets; a coroutine makes it."""
        raise NotImplementedError

    def too_early(self) -> NoReturn:
        what = "producer()" if self._name.endswith("producer") else "consumer(topic)"
        raise RuntimeError(
            f"{self._name} begins with its test, on the test's loop; in a fixture write "
            f"async with kafka_aio.{what} as client"
        )


class PendingProducer(Pending):
    """A producer that is not started yet."""

    async def begin(self, clients: AsyncExitStack) -> Any:
        return await clients.enter_async_context(self._aio.producer())

    def __getattr__(self, name: str) -> NoReturn:
        if name.startswith("__"):
            raise AttributeError(name)
        self.too_early()


class PendingConsumers(Pending):
    """A factory of consumers whose test does not run yet."""

    async def begin(self, clients: AsyncExitStack) -> Any:
        async def start(*arguments: Any, **overrides: Any) -> Any:
            return await clients.enter_async_context(self._aio.consumer(*arguments, **overrides))

        start._is_consumer_factory = True  # type: ignore[attr-defined]
        return start

    def __call__(self, *_: Any, **__: Any) -> NoReturn:
        self.too_early()


def begin_with(test: pytest.Function) -> None:
    """Have the clients that a test asks for begin in its coroutine."""
    pending = [name for name, value in test.funcargs.items() if isinstance(value, Pending)]
    if not pending or not any(name in inspect.signature(test.obj).parameters for name in pending):
        return
    if not inspect.iscoroutinefunction(test.obj):
        pytest.fail(f"{pending[0]} is for coroutine tests: write async def {test.name}", pytrace=False)
    test.obj = _with_clients(test.obj)


def _with_clients(function: Callable[..., Any]) -> Callable[..., Any]:
    import asyncio

    @functools.wraps(function)
    async def run(**values: Any) -> Any:
        try:
            asyncio.get_running_loop()
        except RuntimeError:
            pytest.fail("aiokafka needs asyncio, and this test runs on another loop", pytrace=False)
        async with AsyncExitStack() as clients:
            for name, value in values.items():
                if isinstance(value, Pending):
                    values[name] = await value.begin(clients)
            return await function(**values)

    return run
