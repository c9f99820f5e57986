"""The journal: what clients asked the embedded broker, and what they were answered."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from time import monotonic
from typing import TYPE_CHECKING, Any

from . import _native
from ._arguments import function, seconds
from ._waiting import blocks, twin

if TYPE_CHECKING:
    from ._native import Broker

# How long Ctrl-C may go unnoticed.
_LOOK_SECONDS = 0.1
# How many of the requests that come near an error shows, and how many are kept to choose from.
_SHOWN = 10
_KEPT = 1000


@dataclass(frozen=True)
class JournalPartition:
    """What a request did to a partition."""

    topic: str
    partition: int
    #: Produced or fetched: the offsets of the first and of the last record; ``None`` where there are none.
    first: int | None = None
    last: int | None = None
    #: The offset that was fetched from, or committed.
    position: int | None = None
    #: Produced by an idempotent producer: its id, its epoch and the sequence of the first record.
    producer_id: int | None = None
    producer_epoch: int | None = None
    sequence: int | None = None
    #: Produced: whether the batch was in the log already.
    is_duplicate: bool = False
    error: str | None = None


@dataclass(frozen=True)
class JournalEntry:
    """A request, and what came of it."""

    #: Its place in the journal: requests are numbered in the order in which they ended.
    number: int
    received: datetime
    #: With the time that it waited, for records or for other members.
    duration_ms: float
    broker: int
    connection: int
    client_id: str
    #: Kafka's name: ``Produce``, ``Fetch``, ``OffsetCommit``, ``JoinGroup`` ...
    api: str
    version: int
    #: ``answered``, ``silent`` (acks=0), ``closed`` by the broker, or the client ``disconnected``.
    ending: str
    #: The first error in the answer, by Kafka's name.
    error: str | None
    topics: tuple[str, ...]
    partitions: tuple[JournalPartition, ...]
    group: str | None
    member: str | None
    #: The generation, or by the consumer protocol the member epoch.
    generation: int | None
    #: All of it in one line.
    text: str

    def __str__(self) -> str:
        return self.text


class Journal:
    """The requests of all clients of one embedded broker, the newest 65,536.

    >>> from kafka_trial import KafkaBroker
    >>> with KafkaBroker.start(topics={"orders": 1}) as broker:
    ...     _ = broker.produce("orders", {"id": 7})
    ...     entry = broker.journal().wait_for(api="Produce", topic="orders")
    ...     (entry.partitions[0].first, entry.error)
    (0, None)
    """

    def __init__(self, native: Broker, since: int = 0) -> None:
        self._native = native
        #: The number of the first entry that is looked at.
        self.since = since

    def from_now(self) -> Journal:
        """Return the same journal without the earlier requests."""
        return Journal(self._native, self._native.journal(2**63, 0.0, None)[1])

    def last_requests(self, since: int, clients: Sequence[str] = ()) -> list[str]:
        """Return the last requests from a number on, one a line, as reports of failed tests show them.

        With client ids only the requests of these clients, if they have any.
        """
        return self._native.last_requests(since, list(clients))

    @property
    def dropped(self) -> int:
        """How many requests were dropped: the journal keeps the newest ones."""
        return self._native.journal(self.since, 0.0, None)[2]

    def entries(
        self,
        *,
        api: str | None = None,
        client_id: str | None = None,
        topic: str | None = None,
        group: str | None = None,
        errors: bool = False,
        error: str | None = None,
    ) -> list[JournalEntry]:
        """Return the requests that have ended, in the order of their ends.

        ``api`` and ``error`` are Kafka's names, ``Produce`` and ``NOT_LEADER_OR_FOLLOWER``; ``ValueError`` for one that
        Kafka does not have. ``errors=True`` returns all that failed.
        """
        wanted = _matcher(api, client_id, topic, group, errors, error)
        found = self._native.journal(self.since, 0.0, wanted)[0]
        return [_entry(text, line) for text, line, misses in found if not misses]

    @blocks("await_for")
    def wait_for(
        self,
        where: Callable[[JournalEntry], bool] = lambda _: True,
        *,
        api: str | None = None,
        client_id: str | None = None,
        topic: str | None = None,
        group: str | None = None,
        errors: bool = False,
        error: str | None = None,
        timeout_seconds: float = 10.0,
    ) -> JournalEntry:
        """Wait for the first request that matches; earlier ones count. ``AssertionError`` shows the nearest others.

        The conditions are those of :meth:`entries`, and a function that takes the entry.
        """
        __tracebackhide__ = True  # the test is what failed
        if isinstance(where, str):
            raise TypeError(f"where is {where!r}; expected a function of the entry: write wait_for(api={where!r})")
        function("where", where, "the entry")
        wanted = _matcher(api, client_id, topic, group, errors, error)
        deadline = monotonic() + seconds("timeout_seconds", timeout_seconds)
        since, count, near = self.since, 0, list[tuple[int, str]]()
        while True:
            left = max(0.0, deadline - monotonic())
            parts, since, _ = self._native.journal(since, min(left, _LOOK_SECONDS), wanted)
            for text, line, misses in parts:
                if not misses:
                    entry = _entry(text, line)
                    if where(entry):
                        return entry
                    misses = ["the function is not true for it"]
                count += 1
                near.append((len(misses), f"{line}: {'; '.join(misses)}"))
            # The nearest, and of these the newest.
            near = sorted(near, key=lambda miss: miss[0])[-_KEPT:] if len(near) > _KEPT else near
            if left == 0.0:
                nearest = sorted(reversed(near), key=lambda miss: miss[0])[:_SHOWN]
                shown = "".join(f"\n  {text}" for _, text in nearest)
                raise AssertionError(
                    f"no {_native.describe_matcher(wanted)} within {timeout_seconds} s; the journal has {count} other "
                    f"requests{', the nearest:' if shown else ''}{shown}"
                )

    await_for = twin(wait_for)


def _matcher(
    api: str | None, client_id: str | None, topic: str | None, group: str | None, errors: bool, error: str | None
) -> str:
    """The conditions as the native half reads them; ``ValueError`` for a name that Kafka does not have."""
    conditions = {"api": api, "client_id": client_id, "topic": topic, "group": group, "error": error, "failed": errors}
    wanted = json.dumps({name: value for name, value in conditions.items() if value not in (None, False)})
    _native.describe_matcher(wanted)
    return wanted


def _entry(text: str, line: str) -> JournalEntry:
    raw: dict[str, Any] = json.loads(text)
    kind: str
    what: Any
    kind, what = next(iter(raw.get("detail", {}).items()), ("other", None))
    partitions = tuple(map(_partition, what["partitions"])) if kind in ("produce", "fetch", "commit") else ()
    topics = what if kind == "topics" else dict.fromkeys(partition.topic for partition in partitions)
    membership: dict[str, Any] = {}
    if kind == "commit":
        membership = what["membership"]
    elif kind == "members" and what:
        membership = what[0]
    elif kind == "groups" and what:
        membership = {"group": what[0]}
    elif kind == "transaction":
        membership = {"group": what.get("group")}
    generation: int = membership.get("generation", -1)
    return JournalEntry(
        number=raw["sequence"],
        received=datetime.fromtimestamp(raw["received"] / 1e6, tz=timezone.utc),
        duration_ms=(raw["ended"] - raw["received"]) / 1000,
        broker=raw["broker"],
        connection=raw["connection"],
        client_id=raw["client_id"],
        api=raw["api"],
        version=raw["version"],
        ending=raw["ending"],
        error=raw.get("error"),
        topics=tuple(topics),
        partitions=partitions,
        group=membership.get("group"),
        member=membership.get("member") or None,
        generation=generation if generation >= 0 else None,
        text=line,
    )


def _partition(raw: dict[str, Any]) -> JournalPartition:
    offsets: dict[str, int] = raw.get("offsets", {})
    producer: dict[str, int] = raw.get("producer", {})
    return JournalPartition(
        topic=raw["topic"],
        partition=raw["partition"],
        first=offsets.get("first"),
        last=offsets.get("last"),
        position=raw.get("from", raw.get("offset")),
        producer_id=producer.get("id"),
        producer_epoch=producer.get("epoch"),
        sequence=producer.get("sequence"),
        is_duplicate=raw.get("is_duplicate", False),
        error=raw.get("error"),
    )
