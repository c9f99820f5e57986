"""The embedded broker as a value with an owner."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from time import monotonic, sleep
from types import TracebackType
from typing import ClassVar, NoReturn, TypeAlias, TypedDict

from . import _native
from ._arguments import choice, kind, number, seconds, switch, text, texts
from ._clock import Clock
from ._errors import Refused
from ._faults import Faults
from ._fill import Load, fill
from ._journal import Journal
from ._topics import Shape, Topics, shape_of, topic_shapes
from ._values import Event, Headers, as_value, config_texts, header_pairs, key_bytes, to_json
from ._waiting import blocks, twin

# Kafka's word for a group that does not exist.
_ABSENT = "Dead"
# A broker puts its default.replication.factor in the place of this.
_BROKERS_DEFAULT = -1
# How long reading a topic of an external cluster may take.
_READ_SECONDS = 30.0
# How long a cluster may take for its first answer.
_CONNECT_SECONDS = 10.0
# How long a wait rests before it looks again.
_LOOK_SECONDS = 0.02


def _prefixed(group: str) -> str:
    from .kafka_test_config import KafkaTestConfig

    return KafkaTestConfig.get_group_id(group)


class _AnyCluster:
    """What can be done on any cluster.

    A group is named by its whole id, or as it was named to ``kafka_consumer``: when no group has that id, the group
    with the id ``<prefix>-<name>`` is meant.
    """

    #: ``host:port`` of every broker, comma-separated.
    bootstrap_servers: str
    _trackers: dict[tuple[str, ...], _native.FlowTracker]

    def group(self, group_id: str, timeout_seconds: float = 10.0) -> _native.GroupInfo:
        """A group as it is now: ``.state``, ``.members``, ``.assignment``, ``.committed``, ``.lag``.

        Partitions are ``(topic, number)``. The ``lag`` of an assigned partition of which nothing is committed is
        ``None``, and so is ``total_lag`` then: no commit is not no lag. A group that does not exist is ``Dead``, as
        Kafka says, and has nothing.
        """
        group_id, timeout_seconds = text("group_id", group_id), seconds("timeout_seconds", timeout_seconds)
        described = _native.describe_group(self.bootstrap_servers, group_id, timeout_seconds)
        if described.state == _ABSENT and (prefixed := _prefixed(group_id)) != group_id:
            other = _native.describe_group(self.bootstrap_servers, prefixed, timeout_seconds)
            return described if other.state == _ABSENT else other
        return described

    @blocks("await_group_stable")
    def wait_group_stable(
        self, group_id: str, members: int | None = None, timeout_seconds: float = 10.0
    ) -> _native.GroupInfo:
        """Wait until a group is ``Stable``, with exactly ``members`` members if that is given.

        ``TimeoutError`` shows the group as it was last seen. A client of kafka-python joins only while it is polled.
        """
        if members is not None:
            number("members", members)
        group_id, timeout_seconds = self._meant(group_id, timeout_seconds)
        return _native.wait_group_stable(self.bootstrap_servers, group_id, members, timeout_seconds)

    await_group_stable = twin(wait_group_stable)

    @blocks("await_caught_up")
    def wait_caught_up(self, group_id: str, topics: str | Sequence[str], timeout_seconds: float = 10.0) -> None:
        """Wait until a group has committed all records of some topics, on any cluster.

        A partition with records of which nothing is committed is not caught up; an empty one is. ``TimeoutError`` names
        the partitions that are behind, with their lag.
        """
        names = texts("topics", topics)
        group_id, timeout_seconds = self._meant(group_id, timeout_seconds)
        _native.wait_caught_up(self.bootstrap_servers, group_id, names, timeout_seconds)

    await_caught_up = twin(wait_caught_up)

    def _meant(self, group_id: str, timeout_seconds: float) -> tuple[str, float]:
        """The whole id of a group, and what is left of the time: of the two that a name may mean the first to exist."""
        seconds("timeout_seconds", timeout_seconds)
        if _prefixed(text("group_id", group_id)) == group_id:
            return group_id, timeout_seconds
        deadline = monotonic() + timeout_seconds
        while (found := self.group(group_id, timeout_seconds)).state == _ABSENT and monotonic() < deadline:
            sleep(_LOOK_SECONDS)
        return found.id, max(deadline - monotonic(), _LOOK_SECONDS)

    def _tracker(self, locators: Sequence[str], update_golden: bool) -> _native.FlowTracker:
        """What follows ids through this cluster, for all that find them by these locators: it reads nothing twice."""
        key = (*locators, str(update_golden))
        if key not in self._trackers:
            # The journal of an embedded broker tells who has fetched what.
            from . import _run

            native = self._native if isinstance(self, KafkaBroker) else None
            self._trackers[key] = _native.FlowTracker.connect(
                self.bootstrap_servers, native, list(locators), _run.schemas(), update_golden, _CONNECT_SECONDS
            )
        return self._trackers[key]

    def get_bootstrap_server(self) -> str:
        """The address, as testcontainers spells it."""
        return self.bootstrap_servers

    def create_topic(
        self, name: str, partitions: int = 1, *, replication_factor: int | None = None, **configs: object
    ) -> None:
        """Create a topic; it can be used when this returns. ``retention_ms=1000`` sets ``retention.ms``.

        Without ``replication_factor`` the broker's ``default.replication.factor`` is taken. A topic that exists is
        ``Refused``.
        """
        shape = {"partitions": partitions, "replication_factor": replication_factor, **configs}
        self._create(shape_of(name, shape, "create_topic"))

    def _create(self, topic: Shape) -> None:
        replicas = _BROKERS_DEFAULT if topic.replicas is None else topic.replicas
        names, configs = [topic.name], topic.configs
        if _native.create_topics(self.bootstrap_servers, names, topic.partitions, replicas, configs):
            code, api = "TOPIC_ALREADY_EXISTS", "CreateTopics"
            raise Refused(f"topic {topic.name} exists already", code=code, api=api, subject=topic.name)

    def produce(
        self,
        topic: str,
        value: bytes | str | Event | None,
        key: bytes | str | None = None,
        *,
        partition: int | None = None,
        headers: Headers | None = None,
        timeout_seconds: float = 10.0,
    ) -> _native.Record:
        """Append one record and return it with its place. A dict is written as JSON, ``None`` is a tombstone.

        The key decides the partition, as in Kafka's own producer, unless ``partition`` names one; without both it is
        the first. A topic that does not exist is created where the broker creates topics (``auto_create_topics``).
        """
        if isinstance(value, str):
            value = value.encode()
        elif isinstance(value, dict):
            value = to_json(value)
        elif value is not None and not isinstance(value, (bytes, bytearray)):
            raise TypeError(f"value is {kind(value)}; expected a dict, text, bytes or None{as_value(value)}")
        text("topic", topic)
        if partition is not None:
            number("partition", partition)
        seconds("timeout_seconds", timeout_seconds)
        servers, pairs = self.bootstrap_servers, header_pairs(headers)
        return _native.produce(servers, topic, partition, key_bytes(key), value, pairs, timeout_seconds)


class BrokerOptions(TypedDict, total=False):
    """The keywords of :meth:`KafkaBroker.start`."""

    brokers: int
    host: str
    port: int
    advertised: str | Sequence[str]
    default_partitions: int
    auto_create_topics: bool
    initial_rebalance_delay_ms: int
    topics: Topics | None
    config: Mapping[str, object] | None
    seed: int | None
    api: str | None
    load: Load | Sequence[Load] | None


def check_options(function: str, options: Mapping[str, object]) -> None:
    """``TypeError`` for a keyword that :meth:`KafkaBroker.start` does not have."""
    for name in options:
        if name not in BrokerOptions.__annotations__:
            known = ", ".join(BrokerOptions.__annotations__)
            raise TypeError(f"{function}(brokers=3): {name} is not one of its keywords: {known}")


class KafkaBroker(_AnyCluster):
    """An embedded Kafka in this process, private to its owner.

    >>> with KafkaBroker.start() as broker:
    ...     broker.create_topic("orders", partitions=3)
    ...     broker.produce("orders", {"id": 7}).offset
    0
    """

    is_embedded: ClassVar[bool] = True

    def __init__(self, native: _native.Broker | None = None) -> None:
        if native is None:
            raise TypeError("a broker is started: KafkaBroker.start(), or with KafkaBroker.start() as broker")
        self._native = native
        self._trackers: dict[tuple[str, ...], _native.FlowTracker] = {}
        #: ``host:port`` of every broker, comma-separated.
        self.bootstrap_servers = native.bootstrap_servers
        self._stopped: set[int] = set()
        self._has_stopped = False
        #: The members that left their groups when this broker was forked from another one, as ``(group, member id)``.
        self.left_members: list[tuple[str, str]] = []
        #: The transactional ids whose transactions were aborted then.
        self.aborted_transactions: list[str] = []

    @classmethod
    def start(
        cls,
        *,
        brokers: int = 1,
        host: str = "127.0.0.1",
        port: int = 0,
        advertised: str | Sequence[str] = (),
        default_partitions: int = 1,
        auto_create_topics: bool = True,
        initial_rebalance_delay_ms: int = 0,
        topics: Topics | None = None,
        config: Mapping[str, object] | None = None,
        seed: int | None = None,
        api: str | None = None,
        load: Load | Sequence[Load] | None = None,
    ) -> KafkaBroker:
        """Start a broker; clients can connect when this returns.

        ``port=0`` takes a free one. ``topics`` exist from the start: names, or a dict of names and partitions, or of
        names and ``{"partitions": 3, "cleanup.policy": "compact"}``. ``load`` fills it, see :meth:`load`.
        ``config`` takes Kafka's own broker properties and wins over the other arguments. ``seed`` makes ids repeat.
        ``api="3.4"`` shows the API versions of that release, for clients that have to meet an older broker.

        ``advertised`` is the address that clients connect to, ``"HOST"`` or ``"HOST:PORT"``, where a proxy or a
        container listens; one for each broker if they have ports.

        Stop clients before the broker: a client whose broker is gone may wait for it for 30 s and longer.

        Raises ``OSError`` when the port is taken and ``ValueError`` for a property that Kafka refuses.
        """
        properties = {
            "num.partitions": str(number("default_partitions", default_partitions, 1)),
            "auto.create.topics.enable": str(switch("auto_create_topics", auto_create_topics)).lower(),
            "group.initial.rebalance.delay.ms": str(number("initial_rebalance_delay_ms", initial_rebalance_delay_ms)),
            **config_texts("config", config),
        }
        number("port", port, 0, 65_535)
        number("brokers", brokers, 1, 65_535)
        number("seed", 0 if seed is None else seed, 0, 2**64 - 1)
        shapes = topic_shapes(topics, default_partitions)
        # The broker itself makes topics of one replica; others are asked for as any client asks.
        is_plain = "default.replication.factor" not in properties
        own = [shape for shape in shapes if is_plain and shape.replicas is None]
        native = _native.Broker.start(
            brokers=brokers,
            host=text("host", host),
            port=port,
            advertised=texts("advertised", advertised, may_be_empty=True),
            topics=[(shape.name, shape.partitions, shape.configs) for shape in own],
            properties=properties,
            seed=seed,
            api=None if api is None else text("api", api),
        )
        for ignored in native.ignored_properties:
            warnings.warn(ignored, stacklevel=2)
        broker = cls(native)
        try:
            for shape in shapes:
                if shape not in own:
                    broker._create(shape)
            broker.load(load)
        except BaseException:
            broker.stop()
            raise
        return broker

    def fork(self, *, members: str = "leave", transactions: str = "abort") -> KafkaBroker:
        """Start a second broker from the present state of this one, which goes on unchanged.

        The fork has the same topics, records, ids, configs, committed offsets and producers, listens on free ports, and
        has no connections, faults or journal of the first. Both share their records, so a fork takes well under a
        millisecond, whatever the topics hold.

        Clients are connected to the first broker. Therefore members leave their groups in the fork, so that the next
        rebalance does not wait for them, and ongoing transactions are aborted; ``left_members`` and
        ``aborted_transactions`` name them. ``members="keep"`` and ``transactions="keep"`` take them along.

        >>> with KafkaBroker.start(topics={"orders": 3}) as seed, seed.fork() as broker:
        ...     broker.produce("orders", {"id": 7}).offset, len(seed.records("orders"))
        (0, 0)
        """
        keep_members = choice("members", members, "leave", "keep") == "keep"
        keep_transactions = choice("transactions", transactions, "abort", "keep") == "keep"
        native, left, aborted = self._native.fork(keep_members, keep_transactions)
        fork = type(self)(native)
        fork.left_members, fork.aborted_transactions = left, aborted
        fork._stopped = set(self._stopped)
        return fork

    def load(self, load: Load | Sequence[Load] | None) -> None:
        """Fill the broker: call a function with it, or write the records of a folder.

        A folder has a file ``TOPIC.jsonl`` for each topic, whose lines are records:
        ``{"key": "7", "value": {"state": "new"}, "headers": {"source": "shop"}, "partition": 0}``; all but ``value``
        may be left out, and ``"value": null`` is a tombstone.
        """
        fill(self, load)

    @property
    def is_running(self) -> bool:
        """Whether the broker, or one broker of the cluster, runs."""
        return not self._has_stopped and len(self._stopped) < self.bootstrap_servers.count(",") + 1

    def records(
        self, topic: str, partition: int | None = None, start: int = 0, *, uncommitted: bool = False
    ) -> list[_native.Record]:
        """Return the records of a topic, by partition and offset, without a client and without a group.

        Records of transactions that were aborted or are still open are left out; ``uncommitted=True`` has them too.
        """
        _check_place(topic, partition, start)
        return self._native.records(topic, partition, start, uncommitted)

    def compact(self, topic: str) -> None:
        """Compact a topic now: of each key the last record stays, whatever the configs for delays and ratios are."""
        self._native.compact(text("topic", topic))

    def apply_retention(self, topic: str) -> None:
        """Apply a topic's retention now, which Kafka does every five minutes.

        Segments whose newest record is older than ``retention.ms`` go, and the oldest above ``retention.bytes``.
        """
        self._native.apply_retention(text("topic", topic))

    def expire_members(self, group_id: str, member: str = "*") -> int:
        """End the sessions of members of a group now, as ``session.timeout.ms`` would; return how many those were.

        ``member`` is a member id, a ``group.instance.id`` or a ``client.id``; ``*`` means all. Their clients learn it
        by their next request.
        """
        return self._native.expire_members(text("group_id", group_id), text("member", member))

    def time_out_transaction(self, transactional_id: str) -> None:
        """Abort the ongoing transaction of a producer and fence it now, as ``transaction.timeout.ms`` would."""
        self._native.time_out_transaction(text("transactional_id", transactional_id))

    def journal(self) -> Journal:
        """Return the journal of all requests and answers since the broker's start."""
        return Journal(self._native)

    @property
    def clock(self) -> Clock:
        """The broker's clock: ``broker.clock.advance("8d")``."""
        return Clock(self._native)

    def faults(self) -> Faults:
        """Return what arms faults in this broker; :class:`kafka_trial.Faults` shows how."""
        return Faults(self._native)

    def stop_broker(self, broker_id: int) -> None:
        """Stop one broker of the cluster: in-sync replicas on other brokers become leaders, and its port refuses.

        Ids count up from 0, or from ``config={"node.id": 1}``. Nothing that was acknowledged is lost. A topic whose
        only replica is on this broker has no leader until the broker is started again.
        """
        self._native.stop_broker(number("broker_id", broker_id))
        self._stopped.add(broker_id)

    def start_broker(self, broker_id: int) -> None:
        """Start a stopped broker on the port it had; its replicas are in sync again at once."""
        self._native.start_broker(number("broker_id", broker_id))
        self._stopped.discard(broker_id)

    def move_leader(self, topic: str, partition: int, broker_id: int) -> None:
        """Let another in-sync replica lead a partition, in a new leader epoch."""
        _check_place(topic, partition, 0)
        self._native.move_leader(topic, partition, number("broker_id", broker_id))

    def stop(self) -> None:
        """Close all sockets; the port refuses when this returns. Stopping twice does nothing."""
        self._trackers.clear()
        self._has_stopped = True
        self._native.stop()

    def __enter__(self) -> KafkaBroker:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def __repr__(self) -> str:
        return f"KafkaBroker({self.bootstrap_servers})"


@dataclass(frozen=True)
class ExternalKafka(_AnyCluster):
    """An external cluster. A method that needs the embedded broker skips the test and names itself."""

    bootstrap_servers: str
    _trackers: dict[tuple[str, ...], _native.FlowTracker] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )
    is_embedded: ClassVar[bool] = False
    is_running: ClassVar[bool] = True

    def records(
        self, topic: str, partition: int | None = None, start: int = 0, *, uncommitted: bool = False
    ) -> list[_native.Record]:
        """Return the records of a topic, by partition and offset, read without a group.

        Records of transactions that were aborted or are still open are left out; ``uncommitted=True`` has them too.
        """
        _check_place(topic, partition, start)
        servers = self.bootstrap_servers
        return _native.read_records(servers, topic, partition, start, uncommitted, _READ_SECONDS)

    def load(self, load: Load | Sequence[Load] | None) -> None:
        """Write records, as :meth:`KafkaBroker.load` does."""
        fill(self, load)

    def compact(self, topic: str) -> None:
        """Skips the test: an external cluster compacts on its own schedule."""
        self._embedded_only("compact")

    def apply_retention(self, topic: str) -> None:
        """Skips the test: an external cluster applies retention on its own schedule."""
        self._embedded_only("apply_retention")

    def expire_members(self, group_id: str, member: str = "*") -> int:
        """Skips the test: it cannot control the brokers of an external cluster."""
        self._embedded_only("expire_members")

    def time_out_transaction(self, transactional_id: str) -> None:
        """Skips the test: it cannot control the brokers of an external cluster."""
        self._embedded_only("time_out_transaction")

    def journal(self) -> Journal:
        """Skips the test: an external cluster has no journal."""
        self._embedded_only("journal")

    def faults(self) -> Faults:
        """Skips the test: it cannot control the brokers of an external cluster."""
        self._embedded_only("faults")

    def stop_broker(self, broker_id: int) -> None:
        """Skips the test: it cannot control the brokers of an external cluster."""
        self._embedded_only("stop_broker")

    def start_broker(self, broker_id: int) -> None:
        """Skips the test: it cannot control the brokers of an external cluster."""
        self._embedded_only("start_broker")

    def move_leader(self, topic: str, partition: int, broker_id: int) -> None:
        """Skips the test: it cannot control the brokers of an external cluster."""
        self._embedded_only("move_leader")

    @property
    def clock(self) -> Clock:
        """Skips the test: the clock of an external cluster cannot be moved."""
        self._embedded_only("clock")

    def fork(self, *, members: str = "leave", transactions: str = "abort") -> KafkaBroker:
        """Skips the test: an external cluster cannot be forked."""
        self._embedded_only("fork")

    def stop(self) -> None:
        """Skips the test: it cannot control the brokers of an external cluster."""
        self._embedded_only("stop")

    def _embedded_only(self, name: str) -> NoReturn:
        import pytest

        pytest.skip(f"kafka_broker.{name} needs the embedded broker, and this run is on {self.bootstrap_servers}")


#: What tests run on.
Cluster: TypeAlias = "KafkaBroker | ExternalKafka"


def _check_place(topic: str, partition: int | None, start: int) -> None:
    text("topic", topic)
    if partition is not None:
        number("partition", partition)
    number("start", start)
