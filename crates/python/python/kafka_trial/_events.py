"""Waiting for events that come after a moment, on any cluster and without a group."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from . import _native
from ._awaited import awaited
from ._values import Event, from_json

__all__ = ["Events", "ReceivedEvent", "Where"]

#: What the event holds: a mapping of fields, or of JSON Pointers, and values; or a function that is true for it.
Where = Callable[[Event], bool] | Mapping[str, Any]

_CONNECT_SECONDS = 10.0


@dataclass(frozen=True)
class ReceivedEvent:
    """An event that came: ``event["state"]``, and where it lies."""

    topic: str
    partition: int
    offset: int
    #: Milliseconds since the Unix epoch.
    timestamp: int
    key: bytes | None
    #: The value as it came; ``None`` for a tombstone.
    value: bytes | None = field(repr=False)
    headers: list[tuple[str, bytes | None]]
    #: The value as a JSON object; empty where it is none.
    event: Event

    def __getitem__(self, name: str) -> Any:
        return self.event[name]


@dataclass(frozen=True)
class _Expected:
    """The names are those that the native half reads."""

    topic: str
    correlation_id: str | None
    key: bytes | None
    headers: list[tuple[str, str]]
    fields: str
    schema: str | None
    ordered_by: str | None
    check: tuple[str, Callable[[bytes | None], str | None]] | None


def _expected(
    topic: str,
    *,
    correlation_id: str | None = None,
    key: bytes | str | None = None,
    where: Where | None = None,
    headers: Mapping[str, str] | None = None,
    schema: Mapping[str, Any] | None = None,
    ordered_by: str | None = None,
) -> _Expected:
    return _Expected(
        topic=topic,
        correlation_id=correlation_id,
        key=key.encode() if isinstance(key, str) else key,
        headers=list((headers or {}).items()),
        fields=json.dumps({} if where is None or callable(where) else dict(where)),
        schema=None if schema is None else json.dumps(dict(schema)),
        ordered_by=ordered_by,
        check=(_name(where), _check(where)) if callable(where) else None,
    )


def _name(where: Callable[..., bool]) -> str:
    code = getattr(where, "__code__", None)
    name = getattr(where, "__name__", type(where).__name__)
    return f"{name} ({code.co_filename}:{code.co_firstlineno})" if code is not None else name


def _check(where: Callable[[Event], bool]) -> Callable[[bytes | None], str | None]:
    def check(value: bytes | None) -> str | None:
        event = from_json(value)
        if event is None:
            return "it is no JSON object"
        try:
            return None if where(event) else f"{_name(where)} is not true for it"
        except Exception as error:  # events that lack what a function looks at are not the ones it is for
            return f"{_name(where)} raised {type(error).__name__}: {error}"

    return check


def _received(record: _native.Record) -> ReceivedEvent:
    return ReceivedEvent(
        record.topic,
        record.partition,
        record.offset,
        record.timestamp,
        record.key,
        record.value,
        record.headers,
        from_json(record.value) or {},
    )


class Events:
    """The fixture ``kafka_events``: what comes from its setup on. Older events never match, and no group is joined.

    Nothing is taken out: who asks again gets the same. Events of aborted transactions are none.
    """

    def __init__(self, bootstrap_servers: str) -> None:
        self._window = _native.EventWindow.open(bootstrap_servers, _CONNECT_SECONDS)

    def expect_event(
        self,
        topic: str,
        *,
        correlation_id: str | None = None,
        key: bytes | str | None = None,
        where: Where | None = None,
        headers: Mapping[str, str] | None = None,
        schema: Mapping[str, Any] | None = None,
        count: int = 1,
        timeout_seconds: float = 5.0,
    ) -> ReceivedEvent:
        """Wait for an event, for the last of ``count`` where it is more than one; it may be there already.

        ``where`` is a mapping of fields or JSON Pointers and values, ``{"state": "paid", "/items/0/price": 7}``, or a
        function that takes the event. ``schema`` is a JSON Schema. ``AssertionError`` shows the events that came
        nearest, and what each part of them lacks.
        """
        __tracebackhide__ = True  # the test is what failed
        expected = _expected(topic, correlation_id=correlation_id, key=key, where=where, headers=headers, schema=schema)
        return _received(self._window.expect(expected, max(count, 1), timeout_seconds)[-1])

    @awaited
    async def aexpect_event(self, topic: str, **options: Any) -> ReceivedEvent:
        """The same in a coroutine; the loop goes on meanwhile."""
        __tracebackhide__ = True  # the test is what failed
        return await asyncio.to_thread(self.expect_event, topic, **options)

    def expect_events(
        self,
        topic: str,
        count: int,
        *,
        ordered_by: str | None = None,
        correlation_id: str | None = None,
        key: bytes | str | None = None,
        where: Where | None = None,
        headers: Mapping[str, str] | None = None,
        schema: Mapping[str, Any] | None = None,
        timeout_seconds: float = 5.0,
    ) -> list[ReceivedEvent]:
        """Wait for ``count`` such events and give the first of them, in the order in which they came.

        With ``ordered_by``, a JSON Pointer, each must have a larger number or a later text there than the one before.
        """
        __tracebackhide__ = True  # the test is what failed
        expected = _expected(
            topic,
            correlation_id=correlation_id,
            key=key,
            where=where,
            headers=headers,
            schema=schema,
            ordered_by=ordered_by,
        )
        return [_received(record) for record in self._window.expect(expected, count, timeout_seconds)]

    def expect_no_event(
        self,
        topic: str,
        *,
        during_seconds: float = 0.5,
        correlation_id: str | None = None,
        key: bytes | str | None = None,
        where: Where | None = None,
        headers: Mapping[str, str] | None = None,
        schema: Mapping[str, Any] | None = None,
    ) -> None:
        """No such event is there, and none comes during this time. Absence is only as long as it is waited for."""
        __tracebackhide__ = True  # the test is what failed
        expected = _expected(topic, correlation_id=correlation_id, key=key, where=where, headers=headers, schema=schema)
        self._window.expect_none(expected, during_seconds)

    def all(self, topic: str) -> list[ReceivedEvent]:
        """All events of a topic that are there now."""
        return [_received(record) for record in self._window.all(topic)]
