"""Following correlation ids: what became of a flow, and which part of the system blocks it."""

from __future__ import annotations

import inspect
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypedDict
from uuid import uuid4

from . import _native, _run
from ._arguments import identifier, kind, mapping, number, seconds, text, texts
from ._broker import ExternalKafka, KafkaBroker
from ._events import ReceivedEvent, Where, json_of, split
from ._values import Event, header_pairs, key_bytes
from ._waiting import LOOP_WAS_BLOCKED, blocks, on_a_loop, twin

if TYPE_CHECKING:
    from typing_extensions import Unpack

__all__ = [
    "Expectation",
    "Flow",
    "FlowError",
    "FlowTracker",
    "FollowOptions",
    "Handling",
    "Hop",
    "Sequenced",
    "StartedFlow",
    "exactly_once",
    "golden",
    "header_preserved",
    "in_order",
    "key_preserved",
    "never",
    "no_more_for",
    "one_of",
    "records",
    "same_partition",
]


@dataclass(frozen=True)
class Expectation:
    """An additional expectation of a flow; the functions of :mod:`kafka_trial.flow` make it."""

    data: dict[str, Any]
    where: Callable[[ReceivedEvent], bool] | None = None


def _expectation(where: Callable[[ReceivedEvent], bool] | None = None, /, **data: Any) -> Expectation:
    caller = sys._getframe(2)
    data["location"] = f"{caller.f_code.co_filename}:{caller.f_lineno}"
    return Expectation({key: value for key, value in data.items() if value is not None}, where)


def records(
    topic: str,
    *,
    exactly: int | None = None,
    at_least: int | None = None,
    within_ms: float | None = None,
    after: str | None = None,
    key: str | bytes | None = None,
    headers: Mapping[str, str | bytes] | None = None,
    where: Where | None = None,
    schema: Mapping[str, object] | None = None,
) -> Expectation:
    """Records of the flow in a topic, one or more unless told otherwise.

    ``where`` is a mapping of JSON Pointers and values, ``{"/payload/is_valid": True}``, or a function that takes the
    :class:`ReceivedEvent` of each of them and is true for all. ``schema`` is a JSON Schema for the values.
    """
    if exactly is not None and at_least is not None:
        raise TypeError("records has exactly and at_least; expected one of them")
    check, fields = split(where)
    return _expectation(
        check,
        topic=text("topic", topic),
        exactly=None if exactly is None else number("exactly", exactly),
        at_least=None if at_least is None else number("at_least", at_least),
        within_ms=None if within_ms is None else seconds("within_ms", within_ms),
        after=None if after is None else text("after", after),
        key=_plain("key", key_bytes(key)),
        headers=None if headers is None else {name: _plain(name, value) for name, value in header_pairs(headers)},
        fields=json.loads(json_of("where", fields)) or None,
        schema=None if schema is None else mapping("schema", schema, '{"required": ["total"]}'),
    )


def _plain(name: str, value: bytes | None) -> str | None:
    """A key or a header as an expectation has it."""
    try:
        return None if value is None else value.decode()
    except UnicodeDecodeError:
        raise ValueError(f"{name} is {value!r}; expected text, or bytes that are UTF-8") from None


def _several(function: str, topics: tuple[str, ...], least: int) -> list[str]:
    if len(topics) < least:
        raise TypeError(f"{function} needs {least} or more topics, and got {len(topics)}")
    return texts("topics", topics)


def never(topic: str) -> Expectation:
    """No record of the flow in a topic."""
    return _expectation(never=text("topic", topic))


def one_of(*topics: str) -> Expectation:
    """A record in one of these topics and none in the others."""
    return _expectation(one_of=_several("one_of", topics, 2))


def in_order(*topics: str) -> Expectation:
    """The first records in these topics came in this order."""
    return _expectation(in_order=_several("in_order", topics, 2))


def same_partition(*topics: str) -> Expectation:
    """All records in these topics lie in partitions of one number."""
    return _expectation(same_partition=_several("same_partition", topics, 1))


def key_preserved() -> Expectation:
    """All records of the flow have the key of its first."""
    return _expectation(key_preserved=True)


def header_preserved(name: str) -> Expectation:
    """All records of the flow have this header with the value of the first."""
    return _expectation(header_preserved=text("name", name))


def exactly_once() -> Expectation:
    """No duplicates of any class, and one answer to the request."""
    return _expectation(exactly_once=True)


def golden(path: str | PathLike[str], *, redact: Sequence[str] = ()) -> Expectation:
    """The flow is as a file has it, but for ids, times and the random parts of topics.

    A relative path begins at the folder of the test's own file. ``--kafka-trial-update-golden`` writes a complete flow
    to the file instead. ``redact`` names what else differs from run to run: JSON Pointers into values,
    ``"/items/*/id"``, ``"$message.header#/NAME"`` or ``"$message.key#"``.
    """
    folder = Path(sys._getframe(1).f_code.co_filename).parent
    return _expectation(golden=str(folder / path), redact=texts("redact", redact, may_be_empty=True))


def no_more_for(quiet_seconds: float) -> Expectation:
    """Nothing more comes for this long once all else is there."""
    return _expectation(no_more_for_ms=seconds("quiet_seconds", quiet_seconds) * 1000)


class Handling(TypedDict):
    """A client that fetched a record, as the embedded broker's journal knows it."""

    client_id: str
    group: str | None
    groups: list[str]
    member: str | None
    fetched_us: int
    committed_us: int | None


class Sequenced(TypedDict):
    """The idempotent producer of a record."""

    id: int
    epoch: int
    sequence: int


_From = TypedDict("_From", {"from": "int | None"})


class Hop(_From):
    """A record of a flow. What is not known is ``None``. ``from`` is the number of the hop that it comes from."""

    topic: str
    partition: int
    offset: int
    #: Milliseconds since the Unix epoch.
    timestamp: int
    timestamp_type: Literal["create", "log_append"]
    #: By the embedded broker's clock.
    appended_us: int | None
    #: Where the id stood: ``value``, ``key`` or ``header``.
    matched_by: str | None
    locator: str | None
    kind: str | None
    after_ms: float | None
    to_fetch_ms: float | None
    key: str | None
    headers: list[tuple[str, str | None]]
    value: str | None
    size: int | None
    event_id: str | None
    causation_id: str | None
    trace_id: str | None
    error: str | None
    transaction: Literal["none", "open", "committed", "aborted"]
    producer: Sequenced | None
    produced_by: str | None
    #: ``None`` without a journal.
    handled: list[Handling] | None


@dataclass(frozen=True)
class Flow:
    """A followed flow. ``data`` has everything, in the form of ``flow.json``; ``report`` is text for people."""

    data: dict[str, Any] = field(repr=False)
    report: str = field(repr=False)
    #: What is wrong with it, in one line.
    summary: str

    @property
    def id(self) -> str:
        return str(self.data["correlation_id"])

    @property
    def verdict(self) -> str:
        """``complete``, ``never_produced``, ``cannot_be_known``, ``produced_not_fetched``, ``fetched_not_answered``,
        ``answered_late``,
        ``answered_dlq`` or ``answered_error``."""
        return str(self.data["verdict"])

    @property
    def explanation(self) -> str:
        """One sentence that names the part that blocks, from evidence."""
        return str(self.data["explanation"])

    @property
    def is_complete(self) -> bool:
        """Whether it is complete and every expectation holds."""
        return bool(self.data["complete"])

    @property
    def hops(self) -> list[Hop]:
        """Its records in the order of their times."""
        return list(self.data["hops"])

    @property
    def anomalies(self) -> list[str]:
        """Its anomalies, one sentence each."""
        return [anomaly["text"] for anomaly in self.data["anomalies"]]

    @property
    def duration_ms(self) -> float | None:
        """From the request's append to the response's; ``None`` if one of them is missing."""
        duration: float | None = self.data["duration_ms"]
        return duration

    @property
    def request_event(self) -> Event | None:
        """The JSON object in the request; ``None`` if it was not found or is none."""
        event: Event | None = self.data["request_event"]
        return event

    @property
    def response_event(self) -> Event | None:
        """The JSON object in the response; ``None`` if it was not found or is none."""
        event: Event | None = self.data["response_event"]
        return event


class FlowError(AssertionError):
    """A flow that is not as it should be: ``.flow`` has it. The whole report is a section of the failed test."""

    def __init__(self, flow: Flow) -> None:
        super().__init__(f"flow {flow.id}: {flow.summary}")
        self.flow = flow


class FlowTracker:
    """The fixture ``kafka_flow``: follows correlation ids through the cluster of the run.

    Reading joins no group. What was followed and is not as expected is shown once, under the failed test.
    """

    def __init__(
        self, kafka: KafkaBroker | ExternalKafka | str, locators: Sequence[str] = (), *, update_golden: bool = False
    ) -> None:
        """``kafka`` is a broker or an address, ``locators`` where ids stand, before the usual places.

        With ``update_golden`` the files of :func:`golden` are written.
        """
        self._kafka = ExternalKafka(kafka) if isinstance(kafka, str) else kafka
        self._locators = list(locators)
        self._update_golden = update_golden
        self._own = _native.Followed()

    def with_locators(self, *locators: str) -> FlowTracker:
        """A tracker that finds ids by these locators first: ``with_locators("$message.header#/x-order")``.

        ini ``kafka_trial_locators`` says so for a whole project, and then for ``kafka_events`` and ``consume_response``
        too.
        """
        return FlowTracker(self._kafka, [*locators, *self._locators], update_golden=self._update_golden)

    @property
    def _followed(self) -> _native.Followed:
        """Where flows are kept for the report: with the test in hand, whatever the scope of this tracker is."""
        return self._own if _run.active is None else _run.active.followed

    def start(self, name: str, correlation_id: str | None = None) -> StartedFlow:
        """A flow with an id of its own: ``flow = kafka_flow.start("order")``, then publish with ``flow.id``."""
        return StartedFlow(self, correlation_id or f"{text('name', name)}-{uuid4().hex[:12]}")

    @blocks("afollow")
    def follow(
        self,
        correlation_id: str,
        *topics: str,
        timeout_seconds: float = 10.0,
        within_ms: float | None = None,
        dead_letters: Sequence[str] | None = None,
        group: str | None = None,
        also: Sequence[Expectation] = (),
    ) -> Flow:
        """Follow an id through topics until the flow is complete or the time is over; return the flow in any case.

        ``within_ms`` is how long each hop may take, ``dead_letters`` where failed records go, ``group`` who handles the
        requests, ``also`` what else is expected.
        """
        if not topics:
            raise TypeError("kafka_flow.follow needs the topics of the flow: the request's, ..., the response's")
        if isinstance(topics[0], (list, tuple)):
            raise TypeError("the topics of a flow are arguments of their own: kafka_flow.follow(id, request, response)")
        route = texts("topics", topics)
        correlation_id = identifier("correlation_id", correlation_id)
        expected = json.dumps([_data_of(expectation) for expectation in _list_of(also)])
        within = None if within_ms is None else seconds("within_ms", within_ms) / 1000
        letters = None if dead_letters is None else texts("dead_letters", dead_letters, may_be_empty=True)
        group = None if group is None else text("group", group)
        seconds("timeout_seconds", timeout_seconds)
        tracker = self._kafka._tracker(self._locators, self._update_golden)
        found, report, summary, seen = tracker.follow(
            correlation_id, route, letters, group, within, expected, timeout_seconds, self._followed
        )
        data = json.loads(found)
        if on_a_loop() and not data["complete"]:
            data["explanation"] = f"{data['explanation']}; {LOOP_WAS_BLOCKED}"
            summary = f"{summary}; {LOOP_WAS_BLOCKED}"
        flow = Flow(data, report, summary)
        for expectation in also:
            _check_where(flow, seen, expectation)
        return flow

    @blocks("aexpect")
    def expect(
        self,
        flow: StartedFlow | str,
        *topics: str,
        timeout_seconds: float = 10.0,
        within_ms: float | None = None,
        dead_letters: Sequence[str] | None = None,
        group: str | None = None,
        also: Sequence[Expectation] = (),
    ) -> Flow:
        """Follow an id; ``FlowError`` when the flow is not complete or an expectation does not hold."""
        __tracebackhide__ = True  # the test is what failed
        followed = self.follow(
            flow.id if isinstance(flow, StartedFlow) else flow,
            *topics,
            timeout_seconds=timeout_seconds,
            within_ms=within_ms,
            dead_letters=dead_letters,
            group=group,
            also=also,
        )
        if not followed.is_complete:
            raise FlowError(followed)
        return followed

    afollow = twin(follow)
    aexpect = twin(expect)

    def reports(self, width: int = 80, repeat: str = "") -> list[str]:
        """Return the reports of the flows that are not as expected, with the command that repeats the test."""
        return self._followed.reports(width, repeat)

    def blocking_clients(self) -> list[str]:
        """Return the client ids that block a flow."""
        return self._followed.blocking_clients()

    def keep(self, folder: str, test: str) -> list[str]:
        """Write the files of the followed flows; return the paths of the pages."""
        return [str(path) for path in self._followed.write(folder, test)]


def _list_of(also: Sequence[Expectation]) -> Sequence[Expectation]:
    if isinstance(also, (str, Expectation)) or not isinstance(also, Sequence):
        raise TypeError(f"also is {kind(also)}; expected a list of expectations: also=[exactly_once()]")
    return also


def _data_of(expectation: Expectation) -> dict[str, Any]:
    if not isinstance(expectation, Expectation):
        hint = f": write {expectation.__name__}(...)" if inspect.isfunction(expectation) else ""
        raise TypeError(f"also has {kind(expectation)}; expected expectations of kafka_trial.flow{hint}")
    return expectation.data


def _check_where(flow: Flow, seen: Sequence[_native.Record], expectation: Expectation) -> None:
    """A function cannot be asked while the cluster is read, so it is asked afterwards."""
    if expectation.where is None:
        return
    topic = expectation.data["topic"]
    for hop, record in zip(flow.hops, seen, strict=True):
        if hop["topic"] == topic and hop["transaction"] not in ("aborted", "open"):
            event, location = ReceivedEvent(record), expectation.data["location"]
            try:
                holds = expectation.where(event)
            except TypeError as error:  # a tombstone, text or a list has no fields
                raise AssertionError(f"flow {flow.id}: {event.place} is not as {location} wants it: {error}") from None
            if not holds:
                raise AssertionError(f"flow {flow.id}: {event.place} is not as {location} wants it: {hop['value']}")


class FollowOptions(TypedDict, total=False):
    """The keywords of :meth:`FlowTracker.follow`."""

    timeout_seconds: float
    within_ms: float | None
    dead_letters: Sequence[str] | None
    group: str | None
    also: Sequence[Expectation]


class StartedFlow:
    """A flow with its id; ``flow.expect(request_topic, response_topic)`` follows it."""

    def __init__(self, tracker: FlowTracker, correlation_id: str) -> None:
        self._tracker = tracker
        self.id = correlation_id

    def __enter__(self) -> StartedFlow:
        return self

    def __exit__(self, *_: object) -> None:
        """What was followed stays with the fixture, for the report."""

    @blocks("aexpect")
    def expect(self, *topics: str, **options: Unpack[FollowOptions]) -> Flow:
        """As :meth:`FlowTracker.expect`."""
        __tracebackhide__ = True  # the test is what failed
        return self._tracker.expect(self, *topics, **options)

    @blocks("afollow")
    def follow(self, *topics: str, **options: Unpack[FollowOptions]) -> Flow:
        """As :meth:`FlowTracker.follow`."""
        return self._tracker.follow(self.id, *topics, **options)

    aexpect = twin(expect)
    afollow = twin(follow)
