"""A service for tests: it answers requests on one topic by events on another."""

from __future__ import annotations

import inspect
import time
import warnings
from collections.abc import Callable
from typing import Literal, Protocol

from . import _native
from ._values import Event, from_json, to_json
from .kafka_test_config import KafkaTestConfig

Reply = Callable[[Event], "Event | None"]


Operation = Literal["validate", "analyze", "pattern", "mixin"]


class _Service(Protocol):
    @property
    def last_error(self) -> str | None: ...
    def stop(self) -> None: ...


class Handle:
    """One pair of topics that is answered."""

    def __init__(self) -> None:
        #: The requests that came, in order.
        self.calls: list[Event] = []
        self._errors: list[BaseException] = []
        self._errors_were_seen = False
        self._service: _Service | None = None

    @property
    def errors(self) -> list[BaseException]:
        """What ``reply`` raised; such a request has no answer."""
        self._errors_were_seen = True
        return self._errors

    @property
    def last_error(self) -> str | None:
        """Why reading or answering failed last, on the way to Kafka or back."""
        return self._service.last_error if self._service is not None else None

    def stop(self) -> None:
        """Answer no more. Stopping twice does nothing."""
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

    def __init__(self, bootstrap_servers: str) -> None:
        self._servers = bootstrap_servers
        self._handles: list[tuple[str, Handle]] = []
        self._codegen: list[_native.Codegen] = []

    def on(
        self,
        request_topic: str,
        response_topic: str,
        reply: Reply | None = None,
        *,
        delay_ms: float | Callable[[int], float] = 0,
        drop: Callable[[Event], bool] | None = None,
        group: str | None = None,
    ) -> Handle:
        """Answer what is published on ``request_topic`` after this returns.

        ``reply`` makes the answer of a request; ``None`` from it is no answer, and without it the request itself is
        sent back. The request's ``correlation_id`` goes with the answer, as its key too. ``delay_ms`` may depend on the
        number of the request, from 0 on. ``drop`` says which requests are left without an answer. Records that are no
        JSON objects are passed over.

        With ``group`` it reads as a member of that group and commits what it has answered; several share the
        partitions, and the next goes on where the last one was. The group's id is made as ``kafka_consumer`` makes it.
        Without ``group``, no group is there.
        """
        if inspect.iscoroutinefunction(reply):
            raise TypeError("reply is a coroutine function, and a thread calls it: write def instead of async def")
        handle = Handle()

        def answer(key: bytes | None, value: bytes | None) -> tuple[bytes | None, bytes] | None:
            event = from_json(value)
            if event is None:
                return None
            number = len(handle.calls)
            handle.calls.append(event)
            try:
                if drop is not None and drop(event):
                    return None
                wait = delay_ms(number) if callable(delay_ms) else delay_ms
                if wait > 0:
                    time.sleep(wait / 1000)
                answered = dict(event) if reply is None else reply(dict(event))
                if answered is None:
                    return None
                if not isinstance(answered, dict):
                    raise TypeError(
                        f"reply gave a {type(answered).__name__}: a dict, or None for no answer, is expected"
                    )
                correlation_id = event.get("correlation_id")
                if correlation_id is not None:
                    answered = {"correlation_id": correlation_id, **answered}
                    key = str(correlation_id).encode()
                return key, to_json(answered)
            except BaseException as error:  # whatever a test's own function raises belongs to the test, pytest.fail too
                handle._errors.append(error)
                return None

        if group is None:
            handle._service = _native.Responder.start(self._servers, request_topic, response_topic, answer)
        else:
            from ._group_service import GroupService

            group_id = KafkaTestConfig.get_group_id(group)
            handle._service = GroupService(self._servers, request_topic, response_topic, group_id, answer)
        self._handles.append((request_topic, handle))
        return handle

    def codegen(self, *operations: Operation) -> _native.Codegen:
        """Run handlers of the reference service on the default topics, all four where none is named."""
        service = _native.Codegen.start(self._servers, operations)
        self._codegen.append(service)
        return service

    def close(self) -> None:
        """Answer nothing any more. Errors of replies that no one has looked at become a warning."""
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
