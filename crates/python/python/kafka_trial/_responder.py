"""A service for tests: it answers requests on one topic by events on another."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from . import _native, _run
from ._arguments import function, kind, seconds, text
from ._broker import Cluster, ExternalKafka
from ._native import Record
from ._values import Event, Headers, from_json, header_pairs, key_bytes, to_json
from ._waiting import holding_the_loop, twin
from .kafka_test_config import KafkaTestConfig

Operation = Literal["validate", "analyze", "pattern", "mixin"]


class _Service(Protocol):
    @property
    def last_error(self) -> str | None: ...
    def stop(self) -> None: ...


class Request(Event):
    """A request: a dict of its fields, with the record that carries it."""

    def __init__(self, event: Event, record: Record) -> None:
        super().__init__(event)
        #: Where it lies, and what it is made of.
        self.record = record

    @property
    def key(self) -> bytes | None:
        """The record's key."""
        return self.record.key

    @property
    def headers(self) -> list[tuple[str, bytes | None]]:
        """The record's headers, in order."""
        return self.record.headers

    def header(self, name: str) -> bytes | None:
        """The last header of this name."""
        return next((value for known, value in reversed(self.record.headers) if known == name), None)


@dataclass(frozen=True)
class Answer:
    """An answer with a key or headers of its own. A dict alone is an answer too."""

    value: Event
    key: bytes | str | None = None
    headers: Headers | None = None


Reply = Callable[[Request], "Event | Answer | None"]
#: Key, value and headers of an answer.
Outgoing = tuple["bytes | None", bytes, "list[tuple[str, bytes | None]]"]


class Handle:
    """One pair of topics that is answered."""

    def __init__(self) -> None:
        #: The requests that came, in order.
        self.calls: list[Request] = []
        self._errors: list[BaseException] = []
        self._errors_were_seen = False
        self._service: _Service | None = None

    @property
    def errors(self) -> list[BaseException]:
        """The exceptions that ``reply`` raised; their requests have no answers."""
        self._errors_were_seen = True
        return self._errors

    @property
    def last_error(self) -> str | None:
        """The last error of reading or answering, between the responder and Kafka."""
        return self._service.last_error if self._service is not None else None

    def stop(self) -> None:
        """Stop answering. Stopping twice does nothing."""
        if self._service is not None:
            self._service.stop()


class Responder:
    """Answers requests from a thread of its own, one after the other, on any cluster.

    >>> from kafka_trial import KafkaBroker
    >>> with KafkaBroker.start(topics={"prices": 1, "quotes": 1}) as broker:
    ...     responder = Responder(broker.bootstrap_servers)
    ...     handle = responder.on("prices", "quotes", lambda event: {"price": 7})
    ...     responder.close()
    """

    def __init__(self, kafka: Cluster | str) -> None:
        """``kafka`` is a broker or an address."""
        self._cluster = ExternalKafka(kafka) if isinstance(kafka, str) else kafka
        self._servers = self._cluster.bootstrap_servers
        self._handles: list[tuple[str, Handle]] = []
        self._codegen: list[_native.Codegen] = []

    def on(
        self,
        request_topic: str,
        response_topic: str,
        reply: Reply | None = None,
        *,
        delay_ms: float | Callable[[int], float] = 0,
        drop: Callable[[Request], bool] | None = None,
        group: str | None = None,
    ) -> Handle:
        """Answer the requests that are published on ``request_topic`` after this returns.

        ``reply`` makes the answer of a request, which is a dict with ``.key``, ``.headers`` and ``.record``: a dict, or
        an :class:`Answer` with a key and headers. ``None`` sends no answer; without ``reply`` the request itself is
        sent back. The answer has the request's ids where the request has them (headers, value) and its key, unless it
        brings its own; a request without a key is answered by its id as the key. ``delay_ms`` may depend on the number
        of the request, from 0 on. ``drop`` says which requests are left without an answer. Records that are no JSON
        objects are passed over.

        With ``group`` it reads as a member of that group and commits what it has answered; several share the
        partitions, and the next goes on where the last one was. The group's id is made as ``kafka_consumer`` makes it.
        Without ``group``, no group is there.
        """
        text("request_topic", request_topic), text("response_topic", response_topic)
        for name, given in (("reply", reply), ("drop", drop)):
            if given is not None:
                function(name, given, "the request")
        if not callable(delay_ms):
            seconds("delay_ms", delay_ms)
        if reply is None and request_topic == response_topic:
            raise ValueError(
                f"without reply the responder sends each request back, and {request_topic} has both: it would answer "
                "itself without end"
            )
        handle = Handle()

        def answer(record: Record) -> Outgoing | None:
            event = from_json(record.value, record.headers)
            if event is None:
                return None
            number, request = len(handle.calls), Request(event, record)
            handle.calls.append(request)
            try:
                if drop is not None and drop(request):
                    return None
                wait = delay_ms(number) if callable(delay_ms) else delay_ms
                if wait > 0:
                    time.sleep(wait / 1000)
                made = Answer(event, headers=record.headers) if reply is None else reply(request)
                return None if made is None else _outgoing(request, made)
            except BaseException as error:  # whatever a test's own function raises belongs to the test, pytest.fail too
                handle._errors.append(error)
                return None

        if group is None:
            handle._service = _native.Responder.start(
                self._servers, request_topic, response_topic, _run.schemas(), answer
            )
        else:
            from ._group_service import GroupService

            group_id = KafkaTestConfig.get_group_id(group)
            with holding_the_loop("kafka_responder.on(group=...)", "kafka_responder.aon"):
                handle._service = GroupService(self._cluster, request_topic, response_topic, group_id, answer)
        self._handles.append((request_topic, handle))
        return handle

    aon = twin(on)

    def codegen(self, *operations: Operation) -> _native.Codegen:
        """Run handlers of the reference service on the default topics, all four unless some are named."""
        service = _native.Codegen.start(self._servers, operations)
        self._codegen.append(service)
        return service

    def unanswered(self) -> list[str]:
        """Return the errors of replies, one line for each topic, as the report of a failed test shows them."""
        lines = []
        for topic, handle in self._handles:
            if handle._errors:
                first, count = handle._errors[0], len(handle._errors)
                lines.append(
                    f"the responder of {topic} left {count} of {len(handle.calls)} request(s) without an answer: its "
                    f"reply raised {type(first).__name__}: {first}"
                )
            if handle.last_error is not None:
                lines.append(f"the responder of {topic} could not read or answer: {handle.last_error}")
        return lines

    def close(self) -> None:
        """Stop all answers. Errors of replies that the test has not read become a warning."""
        for topic, handle in self._handles:
            handle.stop()
            if handle._errors and not handle._errors_were_seen:
                first, count = handle._errors[0], len(handle._errors)
                warnings.warn(
                    f"the responder of {topic} left {count} request(s) without an answer: its reply raised "
                    f"{type(first).__name__}: {first}",
                    stacklevel=2,
                )
        for service in self._codegen:
            service.stop()


def _outgoing(request: Request, made: Event | Answer) -> Outgoing:
    """An answer as it is sent, with the request's ids in the places of the request."""
    answer = made if isinstance(made, Answer) else Answer(made)
    if not isinstance(answer.value, dict):
        returned = kind(answer.value)
        raise TypeError(f"reply returned {returned}; expected a dict, an Answer, or None for no answer")
    pointers, id_headers = request.record.ids()
    value = dict(answer.value)
    for pointer in pointers:
        _put(value, request, [_plain(token) for token in pointer.split("/")[1:]])
    headers = header_pairs(answer.headers)
    known = {name.lower() for name, _ in headers}
    headers += [(name, id) for name, id in id_headers if name.lower() not in known]
    key = key_bytes(answer.key)
    if key is None:
        key = request.key
    if key is None and pointers:
        found: Any = request
        for token in pointers[0].split("/")[1:]:
            found = found[_plain(token)]
        key = str(found).encode()
    return key, to_json(value), headers


def _put(answer: Event, request: Event, path: list[str]) -> None:
    """Copy what the request has at a path, unless the answer has something there."""
    token, rest = path[0], path[1:]
    if not rest:
        answer.setdefault(token, request[token])
        return
    inner = answer.get(token, {})
    if isinstance(inner, dict):
        answer[token] = inner = dict(inner)
        _put(inner, request[token], rest)


def _plain(token: str) -> str:
    """A token of a JSON Pointer (RFC 6901)."""
    return token.replace("~1", "/").replace("~0", "~")
