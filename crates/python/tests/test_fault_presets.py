"""Each preset of faults fires, and what a client over librdkafka sees of it."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from time import monotonic
from typing import Any

import pytest

from kafka_trial import Fault, KafkaBroker

confluent_kafka = pytest.importorskip("confluent_kafka")

_QUICK = {
    "retry.backoff.ms": 10,
    "retry.backoff.max.ms": 50,
    "reconnect.backoff.ms": 10,
    "reconnect.backoff.max.ms": 50,
    "topic.metadata.refresh.fast.interval.ms": 20,
    "topic.metadata.refresh.interval.ms": 200,
    "socket.timeout.ms": 1500,
    "client.id": "shop",
    "log_level": 0,
}
_LIMIT = 15.0


class World:
    """A broker with a fault, and a client that works."""

    def __init__(self, broker: KafkaBroker, arm: Callable[[], Fault]) -> None:
        self.broker = broker
        self._arm = arm
        self.fault: Fault | None = None
        self.errors: list[str] = []

    def arm(self) -> Fault:
        self.fault = self._arm()
        return self.fault

    def settings(self, **more: Any) -> dict[str, Any]:
        return {
            **_QUICK,
            "bootstrap.servers": self.broker.bootstrap_servers,
            "error_cb": lambda error: self.errors.append(error.name()),
            **{key.replace("_", "."): value for key, value in more.items()},
        }

    def stored(self) -> int:
        return len(self.broker.records("orders"))

    def seen(self) -> str:
        """The errors that the client was told of beside its answers."""
        return " ".join(sorted(set(self.errors))) or "no"


def produce(world: World, **settings: Any) -> str:
    delivered: list[str] = []
    producer = confluent_kafka.Producer(world.settings(message_timeout_ms=8000, **settings))
    world.arm()
    producer.produce(
        "orders", b'{"id":7}', on_delivery=lambda e, _: delivered.append(e.name() if e else "acknowledged")
    )
    producer.flush(_LIMIT)
    return f"{delivered[0] if delivered else 'nothing'}, stored {world.stored()}"


def idempotent(world: World) -> str:
    return produce(world, enable_idempotence=True)


def _polled(consumer: Any, world: World, wanted: int = 1, seconds: float = _LIMIT) -> list[Any]:
    deadline = monotonic() + seconds
    found: list[Any] = []
    while monotonic() < deadline and len(found) < wanted:
        message = consumer.poll(0.05)
        if message is not None:
            if message.error():
                world.errors.append(message.error().name())
                return found
            found.append(message)
    return found


def consume(world: World, **settings: Any) -> str:
    world.broker.produce("orders", {"id": 7})
    settings = {"group_id": "billing", "auto_offset_reset": "earliest", "enable_auto_commit": False, **settings}
    consumer = confluent_kafka.Consumer(world.settings(**settings))
    consumer.subscribe(["orders"])
    try:
        fault = world.arm()
        found = _polled(consumer, world)
        deadline = monotonic() + _LIMIT
        while not fault.fired and monotonic() < deadline:
            consumer.poll(0.05)
        values = [message.value().decode() for message in found]
        return f"read {', '.join(values) if values else 'nothing'}; {world.seen()} errors"
    finally:
        consumer.close()


def checked(world: World) -> str:
    return consume(world, check_crcs=True)


def reset_to_error(world: World) -> str:
    """A reader from a known offset, which wants to be told if that is gone."""
    world.broker.produce("orders", {"id": 7})
    consumer = confluent_kafka.Consumer(world.settings(group_id="billing", auto_offset_reset="error"))
    world.arm()
    consumer.assign([confluent_kafka.TopicPartition("orders", 0, 0)])
    try:
        return f"read {len(_polled(consumer, world))}; {world.seen()} errors"
    finally:
        consumer.close()


def times(world: World) -> str:
    world.broker.produce("orders", {"id": 7})
    stored = world.broker.records("orders")[0].timestamp
    consumer = confluent_kafka.Consumer(
        world.settings(group_id="billing", auto_offset_reset="earliest", enable_auto_commit=False)
    )
    consumer.subscribe(["orders"])
    try:
        world.arm()
        found: list[Any] = []
        deadline = monotonic() + _LIMIT
        while not found and monotonic() < deadline:
            found = _polled(consumer, world)
        message = found[0]
        return f"later by {message.timestamp()[1] - stored} ms"
    finally:
        consumer.close()


def commit(world: World) -> str:
    world.broker.produce("orders", {"id": 7})
    consumer = confluent_kafka.Consumer(
        world.settings(group_id="billing", auto_offset_reset="earliest", enable_auto_commit=False)
    )
    consumer.subscribe(["orders"])
    try:
        message = _polled(consumer, world)[0]
        world.arm()
        try:
            consumer.commit(message, asynchronous=False)
            done = "committed"
        except confluent_kafka.KafkaException as error:
            done = error.args[0].name()
        return f"{done}, {list(world.broker.group('billing').committed.values())}"
    finally:
        consumer.close()


def restart(world: World) -> str:
    """What a second member reads after all was read and committed."""
    settings = world.settings(group_id="billing", auto_offset_reset="earliest", enable_auto_commit=False)
    for number in range(3):
        world.broker.produce("orders", {"id": number})
    first = confluent_kafka.Consumer(settings)
    first.subscribe(["orders"])
    read = _polled(first, world, 3)
    first.commit(read[-1], asynchronous=False)
    first.close()
    second = confluent_kafka.Consumer(settings)
    second.subscribe(["orders"])
    try:
        fault, deadline = world.arm(), monotonic() + _LIMIT
        found: list[Any] = []
        while not fault.fired and monotonic() < deadline:
            found += _polled(second, world, 1, 0.1)
        return f"read again {len(found + _polled(second, world, 4, 1.0))}"
    finally:
        second.close()


def beat(world: World, **settings: Any) -> str:
    """How a member goes on while it only beats."""
    consumer = confluent_kafka.Consumer(
        world.settings(group_id="billing", heartbeat_interval_ms=50, session_timeout_ms=6000, **settings)
    )
    consumer.subscribe(["orders"])
    try:
        journal = world.broker.journal()
        deadline = monotonic() + _LIMIT
        while not consumer.assignment() and monotonic() < deadline:
            consumer.poll(0.05)
        joins = len(journal.entries(api="JoinGroup"))
        world.arm()
        while monotonic() < deadline:
            message = consumer.poll(0.05)
            if message is not None and message.error():
                return f"ended by {message.error().name()}"
            if "_FATAL" in world.errors:
                return "ended by _FATAL"
            if len(journal.entries(api="JoinGroup")) > joins:
                return "joined again"
        return "nothing"
    finally:
        consumer.close()


def static(world: World) -> str:
    return beat(world, group_instance_id="one")


def join(world: World) -> str:
    consumer = confluent_kafka.Consumer(world.settings(group_id="billing"))
    consumer.subscribe(["orders"])
    try:
        world.arm()
        start = monotonic()
        while not consumer.assignment() and monotonic() - start < _LIMIT:
            consumer.poll(0.05)
        when = "late" if monotonic() - start > 0.4 else "soon"
        return f"{'assigned' if consumer.assignment() else 'not assigned'}, {when}"
    finally:
        consumer.close()


def transaction(world: World) -> str:
    producer = confluent_kafka.Producer(world.settings(transactional_id="shop", transaction_timeout_ms=10_000))
    producer.init_transactions(_LIMIT)
    world.arm()
    try:
        producer.begin_transaction()
        producer.produce("orders", b'{"id":7}')
        producer.flush(_LIMIT)
        producer.commit_transaction(_LIMIT)
        done = "committed"
    except confluent_kafka.KafkaException as error:
        done = f"{error.args[0].name()}{' fatal' if error.args[0].fatal() else ''}"
    return f"{done}, {world.stored()} visible"


def metadata(world: World) -> str:
    world.arm()
    producer = confluent_kafka.Producer(world.settings())
    found = producer.list_topics(timeout=_LIMIT)
    topic = found.topics["orders"]
    errors = [str(one.error.name()) for one in topic.partitions.values() if one.error]
    hosts = sorted({broker.host for broker in found.brokers.values()})
    return f"topic {topic.error.name() if topic.error else 'fine'}, partition {errors or 'fine'}, brokers at {hosts}"


def stale(world: World) -> str:
    world.arm()
    world.broker.create_topic("new", partitions=1)
    producer = confluent_kafka.Producer(world.settings())
    seen = ["new" in producer.list_topics(timeout=_LIMIT).topics for _ in range(20)]
    return f"first {'there' if seen[0] else 'absent'}, last {'there' if seen[-1] else 'absent'}"


# The preset, what it is set to here beside its own settings, what the client does, and what it sees.
TABLE: list[tuple[str, dict[str, Any], Callable[[World], str], str]] = [
    ("not_leader_storm", {}, produce, "acknowledged, stored 1"),
    ("leader_move", {}, produce, "acknowledged, stored 1"),
    ("leaderless", {}, produce, "acknowledged, stored 1"),
    ("coordinator_move", {}, join, "assigned, (soon|late)"),
    ("rebalance_storm", {}, beat, "joined again"),
    ("evict_member", {}, beat, "joined again"),
    ("static_member_fence", {}, static, "ended by _FATAL"),
    ("slow_join", {"delay_answer": "400ms"}, join, "assigned, late"),
    ("commit_unavailable", {}, commit, r"REQUEST_TIMED_OUT, \[\]"),
    ("commit_lost", {}, commit, r"committed, \[\]"),
    ("commit_ambiguous", {}, commit, r"committed, \[1\]"),
    ("duplicate_delivery", {}, restart, "read again 1"),
    ("duplicate_append", {}, produce, "acknowledged, stored 2"),
    ("produce_apply_then_timeout", {}, produce, "acknowledged, stored 2"),
    ("partial_produce", {}, produce, "acknowledged, stored 1"),
    ("not_enough_replicas", {}, produce, "acknowledged, stored 1"),
    ("message_too_large", {}, produce, "MSG_SIZE_TOO_LARGE, stored 0"),
    ("invalid_record", {}, produce, "INVALID_RECORD, stored 0"),
    ("corrupt_crc", {}, checked, "read nothing; _BAD_MSG errors"),
    ("corrupt_payload", {}, consume, 'read {"id":7; no errors'),
    ("bad_compression", {}, consume, "read nothing; _BAD_COMPRESSION errors"),
    ("slow_fetch", {"delay_answer": "50ms"}, consume, 'read {"id":7}; no errors'),
    ("slow_produce", {"delay_answer": "50ms"}, produce, "acknowledged, stored 1"),
    ("throttle", {"throttle": "50ms"}, produce, "acknowledged, stored 1"),
    ("bandwidth", {}, consume, 'read {"id":7}; no errors'),
    ("slicer", {}, produce, "acknowledged, stored 1"),
    ("disconnect", {}, produce, "acknowledged, stored 2"),
    ("blackhole", {}, produce, "acknowledged, stored 1"),
    ("broker_restart", {"restart": {"down": "200ms"}}, produce, "acknowledged, stored 1"),
    ("rolling_restart", {"restart": {"down": "200ms", "rolling": True}}, produce, "acknowledged, stored 1"),
    ("broker_gone", {}, produce, "acknowledged, stored 1"),
    ("advertised_change", {"times": 10}, metadata, r"brokers at \['nowhere.invalid'\]"),
    ("stale_metadata", {"times": 10}, stale, "first absent, last there"),
    ("offset_out_of_range", {}, reset_to_error, "read 0; _AUTO_OFFSET_RESET errors"),
    ("truncate_log", {}, reset_to_error, "read 0; _AUTO_OFFSET_RESET errors"),
    ("retention", {}, consume, 'read {"id":7}; no errors'),
    ("committed_offset_loss", {}, restart, "read again 3"),
    ("txn_fence", {}, transaction, "_FENCED fatal, 0 visible"),
    ("txn_abort", {}, transaction, ".*, 0 visible"),
    ("txn_commit_gap", {}, transaction, "committed, 1 visible"),
    ("hanging_txn", {}, transaction, "committed, 0 visible"),
    ("clock_skew", {}, times, "later by 3600000 ms"),
    ("unknown_topic", {"times": 10}, metadata, "topic UNKNOWN_TOPIC_OR_PART"),
    ("auto_create_race", {"times": 10}, metadata, "topic LEADER_NOT_AVAILABLE"),
    ("authz_flap", {}, metadata, "topic (TOPIC_AUTHORIZATION_FAILED|fine)"),
    ("api_downgrade", {}, produce, "acknowledged, stored 1"),
    ("fetch_session_evict", {}, consume, 'read {"id":7}; no errors'),
]


@pytest.mark.parametrize(("preset", "more", "work", "seen"), TABLE, ids=[row[0] for row in TABLE])
def test_a_preset_fires_and_a_client_sees_it(
    preset: str, more: dict[str, Any], work: Callable[[World], str], seen: str
) -> None:
    config = {
        "default.replication.factor": 2,
        "offsets.topic.replication.factor": 2,
        "group.initial.rebalance.delay.ms": 0,
    }
    with KafkaBroker.start(brokers=2, topics={"orders": 1}, config=config) as broker:
        faults = broker.faults()
        world = World(
            broker, lambda: faults(client_id="shop", do={"preset": preset, **more}, name=preset, must_fire=False)
        )
        found = work(world)
        assert world.fault is not None and world.fault.fired, f"{preset} never fired: {found}"
        assert re.search(seen, found), f"{preset}: {found}"
        world.fault.end()


def test_the_table_has_every_preset_of_the_docs() -> None:
    page = (Path(__file__).parents[3] / "docs" / "faults.md").read_text(encoding="utf-8")
    section = page.split("## Presets", 1)[1].split("\n## ", 1)[0]
    names = re.findall(r"^\| `(\w+)` \|", section, flags=re.MULTILINE)
    assert names == [row[0] for row in TABLE]
