"""A broker for one test: ``@pytest.mark.kafka_broker(brokers=3)``.

What the session's fixtures are to other tests, an :class:`OwnBroker` is to its test. The session's own fixtures stay as
they are, so nothing of them depends on the order of tests.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest

from . import _run
from ._broker import check_options
from ._fill import beside

MARKER = "kafka_broker"


def options_of(test: pytest.Item) -> dict[str, Any] | None:
    """What the marker of a test tells ``KafkaBroker.start``; ``None`` without a marker."""
    marker = test.get_closest_marker(MARKER)
    if marker is None:
        return None
    name = f"@pytest.mark.{MARKER}"
    try:
        check_options(name, dict.fromkeys(map(repr, marker.args)) | dict(marker.kwargs))
    except TypeError as error:
        raise pytest.UsageError(str(error)) from None
    options = dict(marker.kwargs)
    if "load" in options:
        options["load"] = beside(options["load"], test.path.parent)
    return options


class OwnBroker:
    """The Kafka of one test, and what the session's fixtures are for it."""

    def __init__(self, run: _run.KafkaRun) -> None:
        self.run = run
        self._values: dict[str, Any] = {}
        self._ending = ExitStack()
        self._makers: dict[str, Callable[[], Any]] = {
            "kafka_broker": run.broker,
            "kafka_bootstrap_servers": lambda: run.broker().bootstrap_servers,
            "kafka_admin_client": self._admin_client,
            "kafka_test_topics": self._test_topics,
        }

    def instead_of(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """The same arguments of a fixture or of a test, with what is its own in place of the session's."""
        return {name: self.value(name) if name in self._makers else value for name, value in values.items()}

    def value(self, name: str) -> Any:
        """What this fixture is for the test."""
        if name not in self._values:
            self._values[name] = self._makers[name]()
        return self._values[name]

    def replaces(self, names: tuple[str, ...]) -> bool:
        """Whether one of these fixtures is another one for the test."""
        return any(name in self._makers for name in names)

    def close(self) -> None:
        """End what was made, and the broker."""
        try:
            self._ending.close()
        finally:
            self.run.stop()

    def _admin_client(self) -> Any:
        from ._consumers import administering

        wanted = self.run.default_topics is not False
        making = contextmanager(administering)(self.run.broker(), default_topics=wanted)
        return self._ending.enter_context(making)

    def _test_topics(self) -> dict[str, str]:
        self.run.want_default_topics()
        return dict(_run.DEFAULT_TOPICS)


def on_own(function: Callable[..., Any], own: OwnBroker) -> Callable[..., Any]:
    """A fixture's function that gets what is the test's own; it stays the kind of function that it is."""
    if inspect.isasyncgenfunction(function):

        async def agenerate(**values: Any) -> AsyncIterator[Any]:
            async for value in function(**own.instead_of(values)):
                yield value

        return functools.wraps(function)(agenerate)
    if inspect.iscoroutinefunction(function):

        async def acall(**values: Any) -> Any:
            return await function(**own.instead_of(values))

        return functools.wraps(function)(acall)
    if inspect.isgeneratorfunction(function):

        def generate(**values: Any) -> Iterator[Any]:
            yield from function(**own.instead_of(values))

        return functools.wraps(function)(generate)

    def call(**values: Any) -> Any:
        return function(**own.instead_of(values))

    return functools.wraps(function)(call)
