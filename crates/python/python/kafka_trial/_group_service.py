"""Answering as a member of a consumer group, on a thread of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from . import _native
from ._broker import Cluster
from ._consumers import ConsumerFactory

#: A request to key, value and headers of its answer.
Answer = Callable[[_native.Record], "tuple[bytes | None, bytes, list[tuple[str, bytes | None]]] | None"]

# How long one poll waits; the service notices within this time that it is to stop.
_TURN_MS = 100
# kafka-python 3.0 loses the assignment when a short poll ends in the middle of a join.
_JOIN_MS = 1000
_SECONDS = 10.0


class GroupService:
    """Answers each request once in the group: what is answered is committed.

    It has its partitions when this returns. A group that has committed nothing begins at the end of the topic.
    """

    def __init__(self, cluster: Cluster, request_topic: str, response_topic: str, group: str, answer: Answer) -> None:
        self._servers, self._response_topic = cluster.bootstrap_servers, response_topic
        self._answer = answer
        self.last_error: str | None = None
        self._ending = threading.Event()
        self._consumers = ConsumerFactory(cluster)
        self._consumer: Any = self._consumers(
            request_topic,
            wait_assigned=True,
            timeout_seconds=_SECONDS,
            group_id=group,
            client_id=f"{group}-responder",
            auto_offset_reset="latest",
            enable_auto_commit=False,
            value_deserializer=None,  # the answer takes bytes
        )
        self._thread = threading.Thread(target=self._serve, name="kafka-trial-responder", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Leave the group. Stopping twice does nothing."""
        self._ending.set()
        self._thread.join()

    def _serve(self) -> None:
        try:
            while not self._ending.is_set():
                try:
                    self._turn()
                except Exception as error:  # a cluster that is away comes back, and kafka-python with it
                    self.last_error = f"{type(error).__name__}: {error}"
                    self._ending.wait(_TURN_MS / 1000)
        finally:
            self._consumers.close()

    def _turn(self) -> None:
        wait = _TURN_MS if self._consumer.assignment() else _JOIN_MS
        batches = self._consumer.poll(timeout_ms=wait)
        for record in (record for records in batches.values() for record in records):
            place = (record.topic, record.partition, record.offset, record.timestamp)
            answered = self._answer(_native.Record(*place, record.key, record.value, list(record.headers)))
            if answered is not None:
                key, value, headers = answered
                _native.produce(self._servers, self._response_topic, None, key, value, headers, _SECONDS)
        if batches:
            self._consumer.commit()
