"""Waiting for events that come after a moment, on any cluster and without a group."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from . import _native, _run
from ._arguments import function, identifier, mapping, number, seconds, text
from ._values import Event, header_pairs, key_bytes, read_json, to_json, value_bytes
from ._waiting import blocks, twin

__all__ = ["Events", "ReceivedEvent", "Where"]

#: What the event holds: a mapping of fields, or of JSON Pointers, and values; or a function that is true for it.
Where = Callable[["ReceivedEvent"], bool] | Mapping[str, object]

_CONNECT_SECONDS = 10.0
# Stands for a value that nobody asks about: None is a tombstone.
_ANY: Any = object()


class ReceivedEvent(Mapping[str, Any]):
    """An event that came: a read-only mapping of the fields of its value, and where it lies.

    ``event["state"]``, ``"state" in event``, ``event.get("state")``, ``dict(event)`` and ``event == {"state": "paid"}``
    work where the value is a JSON object. For a list, text, bytes or a tombstone there is ``event.json``,
    ``event.text`` and ``event.value``; a field of it is a ``TypeError`` that says what it is.
    """

    def __init__(self, record: _native.Record) -> None:
        self.topic: str = record.topic
        self.partition: int = record.partition
        self.offset: int = record.offset
        #: Milliseconds since the Unix epoch.
        self.timestamp: int = record.timestamp
        self.key: bytes | None = record.key
        #: The value as it came; ``None`` for a tombstone.
        self.value: bytes | None = record.value
        self.headers: list[tuple[str, bytes | None]] = record.headers
        self._json, self._reason = read_json(record.value, record.headers)

    @property
    def json(self) -> Any:
        """The value as JSON; ``ValueError`` says why there is none."""
        if self._reason is not None:
            raise ValueError(f"{self.place} is not JSON: {self._reason}")
        return self._json

    @property
    def text(self) -> str:
        """The value as text; a tombstone has none, and bytes that are not UTF-8 are a ``ValueError``."""
        if self.value is None:
            raise ValueError(f"{self.place} is a tombstone: it has no text")
        return self.value.decode()

    @property
    def event(self) -> Event:
        """The value as a JSON object; ``TypeError`` where it is something else."""
        if isinstance(self._json, dict):
            return self._json
        what = self._reason if self._reason is not None else f"it is {json.dumps(self._json)[:80]}"
        raise TypeError(f"{self.place} has no fields: {what}")

    @property
    def place(self) -> str:
        """Where it lies: ``orders-0@42``."""
        return f"{self.topic}-{self.partition}@{self.offset}"

    def __getitem__(self, name: str) -> Any:
        return self.event[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.event)

    def __len__(self) -> int:
        return len(self.event)

    def __bool__(self) -> bool:
        return True  # it came, whatever it holds

    def __eq__(self, other: object) -> bool:
        if isinstance(other, ReceivedEvent):
            return (self.place, self.value) == (other.place, other.value)
        return self._json == dict(other) if isinstance(other, Mapping) else NotImplemented

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        value = self._json if self._reason is None else self.value
        return f"ReceivedEvent({self.place}, {value!r})"


@dataclass(frozen=True)
class Expected:
    """The names are those that the native half reads."""

    topic: str
    correlation_id: str | None
    key: bytes | None
    headers: list[tuple[str, bytes | None]]
    value: tuple[bytes | None] | None
    json: str | None
    fields: str
    schema: str | None
    check: tuple[str, Callable[[_native.Record], str | None]] | None


def _expected(
    topic: str,
    *,
    correlation_id: str | None = None,
    key: bytes | str | None = None,
    value: object = _ANY,
    where: Where | None = None,
    headers: Mapping[str, str | bytes] | None = None,
    schema: Mapping[str, object] | None = None,
) -> Expected:
    check, fields = split(where)
    pairs = header_pairs(headers)
    if (empty := next((name for name, content in pairs if content is None), None)) is not None:
        raise TypeError(f"header {empty!r} is None; expected text or bytes: a function can look for its absence")
    is_exact = value is None or isinstance(value, (bytes, str))
    return Expected(
        topic=text("topic", topic),
        correlation_id=None if correlation_id is None else identifier("correlation_id", correlation_id),
        key=key_bytes(key),
        headers=pairs,
        value=(value_bytes(value),) if is_exact else None,
        json=None if is_exact or value is _ANY else json_of("value", value),
        fields=json_of("where", fields),
        schema=None if schema is None else json_of("schema", mapping("schema", schema, '{"required": ["total"]}')),
        check=None if check is None else (_name(check), _check(check)),
    )


def split(where: Where | None) -> tuple[Callable[[ReceivedEvent], bool] | None, dict[str, Any]]:
    """The function in a condition, or the fields in it."""
    if callable(where):
        return function("where", where, "the event"), {}
    return None, {} if where is None else mapping("where", where, '{"state": "paid"}, or a function of the event')


def json_of(name: str, value: Any) -> str:
    """JSON as the native half reads it; an error begins with the argument's name."""
    return to_json(value, name).decode()


def _name(where: Callable[..., bool]) -> str:
    code = getattr(where, "__code__", None)
    name = getattr(where, "__name__", type(where).__name__)
    return f"{name} ({code.co_filename}:{code.co_firstlineno})" if code is not None else name


def _check(where: Callable[[ReceivedEvent], bool]) -> Callable[[_native.Record], str | None]:
    def check(record: _native.Record) -> str | None:
        try:
            return None if where(ReceivedEvent(record)) else f"{_name(where)} is not true for it"
        except Exception as error:  # events that lack what a function looks at are not the ones it is for
            return f"{_name(where)} raised {type(error).__name__}: {error}"

    return check


class Events:
    """The fixture ``kafka_events``: the events from its setup on. Older events never match, and no group is joined.

    The same wait twice returns the same event. Records of aborted and open transactions are no events.
    """

    def __init__(self, bootstrap_servers: str, locators: Sequence[str] = ()) -> None:
        """``locators`` say where correlation ids stand, before the usual places."""
        self._window = _native.EventWindow.open(bootstrap_servers, list(locators), _run.schemas(), _CONNECT_SECONDS)

    @blocks("aexpect_event")
    def expect_event(
        self,
        topic: str,
        *,
        correlation_id: str | None = None,
        key: bytes | str | None = None,
        value: object = _ANY,
        where: Where | None = None,
        headers: Mapping[str, str | bytes] | None = None,
        schema: Mapping[str, object] | None = None,
        count: int = 1,
        timeout_seconds: float = 5.0,
    ) -> ReceivedEvent:
        """Wait for an event, or for ``count`` events and return the last; events that came before count too.

        ``where`` is a mapping of fields or JSON Pointers and values, ``{"state": "paid", "/items/0/price": 7}``, or a
        function that takes the :class:`ReceivedEvent`. ``value`` is the whole value: ``None`` for a tombstone, text or
        bytes as they are, anything else as JSON. ``schema`` is a JSON Schema. ``AssertionError`` shows the events that
        came nearest, and what each part of them lacks.
        """
        __tracebackhide__ = True  # the test is what failed
        expected = _expected(
            topic, correlation_id=correlation_id, key=key, value=value, where=where, headers=headers, schema=schema
        )
        return self._expect(expected, count, None, timeout_seconds)[-1]

    @blocks("aexpect_events")
    def expect_events(
        self,
        topic: str,
        count: int,
        *,
        ordered_by: str | None = None,
        correlation_id: str | None = None,
        key: bytes | str | None = None,
        value: object = _ANY,
        where: Where | None = None,
        headers: Mapping[str, str | bytes] | None = None,
        schema: Mapping[str, object] | None = None,
        timeout_seconds: float = 5.0,
    ) -> list[ReceivedEvent]:
        """Wait for ``count`` such events and return the first ``count``, in the order in which they came.

        With ``ordered_by``, a JSON Pointer, each must have a larger number or a later text there than the one before.
        """
        __tracebackhide__ = True  # the test is what failed
        expected = _expected(
            topic,
            correlation_id=correlation_id,
            key=key,
            value=value,
            where=where,
            headers=headers,
            schema=schema,
        )
        return self._expect(expected, count, ordered_by, timeout_seconds)

    @blocks("aexpect_no_event")
    def expect_no_event(
        self,
        topic: str,
        *,
        during_seconds: float = 0.5,
        correlation_id: str | None = None,
        key: bytes | str | None = None,
        value: object = _ANY,
        where: Where | None = None,
        headers: Mapping[str, str | bytes] | None = None,
        schema: Mapping[str, object] | None = None,
    ) -> None:
        """Fail if such an event is there or comes during this time."""
        __tracebackhide__ = True  # the test is what failed
        expected = _expected(
            topic, correlation_id=correlation_id, key=key, value=value, where=where, headers=headers, schema=schema
        )
        self._window.expect_none(expected, seconds("during_seconds", during_seconds))

    aexpect_event = twin(expect_event)
    aexpect_events = twin(expect_events)
    aexpect_no_event = twin(expect_no_event)

    def all(self, topic: str) -> list[ReceivedEvent]:
        """Return all present events of a topic."""
        return [ReceivedEvent(record) for record in self._window.all(text("topic", topic))]

    def _expect(
        self, expected: Expected, count: int, ordered_by: str | None, timeout_seconds: float
    ) -> list[ReceivedEvent]:
        pointer = None if ordered_by is None else text("ordered_by", ordered_by)
        count, timeout_seconds = number("count", count, 1), seconds("timeout_seconds", timeout_seconds)
        return [ReceivedEvent(record) for record in self._window.expect(expected, count, pointer, timeout_seconds)]
