"""A service for tests: it answers requests on one topic by events on another."""

from __future__ import annotations

import time
from collections.abc import Callable

from . import _native
from .events import Event, from_json, to_json

Reply = Callable[[Event], "Event | None"]


class Handle:
    """One pair of topics that is answered."""

    def __init__(self) -> None:
        #: The requests that came, in order.
        self.calls: list[Event] = []
        #: What ``reply`` raised; such a request has no answer.
        self.errors: list[Exception] = []
        self._native: _native.Responder | None = None

    def stop(self) -> None:
        """Answer no more. Stopping twice does nothing."""
        if self._native is not None:
            self._native.stop()


class Responder:
    """Answers requests from a thread of its own, one after the other, on any cluster and without a group.

    >>> from kafka_trial import KafkaBroker
    >>> with KafkaBroker.start(topics={"prices": 1, "quotes": 1}) as broker:
    ...     responder = Responder(broker.bootstrap_servers)
    ...     handle = responder.on("prices", "quotes", lambda event: {"price": 7})
    ...     responder.close()
    """

    def __init__(self, bootstrap_servers: str) -> None:
        self._servers = bootstrap_servers
        self._handles: list[Handle] = []
        self._codegen: _native.Codegen | None = None

    def on(
        self,
        request_topic: str,
        response_topic: str,
        reply: Reply | None = None,
        *,
        delay_ms: float | Callable[[int], float] = 0,
        drop: Callable[[Event], bool] | None = None,
    ) -> Handle:
        """Answer what is published on ``request_topic`` after this returns.

        ``reply`` makes the answer of a request; ``None`` from it is no answer, and without it the request itself is
        sent back. The request's ``correlation_id`` goes with the answer, as its key too. ``delay_ms`` may depend on the
        number of the request, from 0 on. ``drop`` says which requests are left without an answer. Records that are no
        JSON objects are passed over.
        """
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
                correlation_id = event.get("correlation_id")
                if correlation_id is not None:
                    answered = {"correlation_id": correlation_id, **answered}
                    key = str(correlation_id).encode()
                return key, to_json(answered)
            except Exception as error:  # whatever a test's own function raises belongs to the test
                handle.errors.append(error)
                return None

        handle._native = _native.Responder.start(self._servers, request_topic, response_topic, answer)
        self._handles.append(handle)
        return handle

    def codegen(self) -> None:
        """Run the four handlers of the reference service on the default topics."""
        if self._codegen is None:
            self._codegen = _native.Codegen.start(self._servers)

    def close(self) -> None:
        """Answer nothing any more."""
        for handle in self._handles:
            handle.stop()
        if self._codegen is not None:
            self._codegen.stop()
