"""confluent-kafka clients."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from time import monotonic
from typing import TYPE_CHECKING, Any, TypeAlias

from ._arguments import mapping, seconds
from ._clients import consumer_config, merged, topic_names
from ._errors import TimedOut
from ._extras import needed
from ._waiting import holding_the_loop, twin
from .kafka_test_config import KafkaTestConfig

if TYPE_CHECKING:
    from confluent_kafka import Consumer, Producer
    from confluent_kafka.admin import AdminClient

    from ._broker import Cluster

# How long a producer may take to hand over its last records at the end of a test.
_FLUSH_SECONDS = 5.0
_POLL_SECONDS = 0.05
# The extra and its package.
_CONFLUENT = ("confluent", "confluent-kafka")
# What librdkafka refuses to be told when the group follows the consumer protocol (KIP-848): the broker decides it.
_CLASSIC = ("session.timeout.ms", "heartbeat.interval.ms", "partition.assignment.strategy", "group.protocol.type")


#: librdkafka's settings by name.
Settings: TypeAlias = "Mapping[str, object]"


def _named(settings: Settings | None, overrides: Mapping[str, object]) -> dict[str, Any]:
    """librdkafka's settings; in keywords an underscore stands for a dot, but not in the names of callbacks."""
    plain = {name if _is_callback(name) else name.replace("_", "."): value for name, value in overrides.items()}
    return {**mapping("settings", settings or {}, '{"linger.ms": 0}'), **plain}


def _is_callback(name: str) -> bool:
    return name.endswith("_cb") or name.startswith("on_")


class ConfluentKafka:
    """Makes confluent-kafka clients and closes them at the end of the test.

    Settings are librdkafka's, ``producer({"linger.ms": 0})`` or ``producer(linger_ms=0)``; ``None`` removes one.
    """

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._producers: list[Producer] = []
        self._consumers: list[Consumer] = []

    def producer(self, settings: Settings | None = None, **overrides: Any) -> Producer:
        """A ``confluent_kafka.Producer``."""
        config = KafkaTestConfig.as_client(KafkaTestConfig.get_producer_config(), "confluent")
        config["bootstrap.servers"] = self._cluster.bootstrap_servers
        producer: Producer = needed("confluent_kafka", *_CONFLUENT).Producer(
            merged(config, _named(settings, overrides))
        )
        self._producers.append(producer)
        return producer

    def consumer(
        self,
        topics: str | Sequence[str],
        group: str | None = None,
        settings: Settings | None = None,
        *,
        wait_assigned: bool = False,
        timeout_seconds: float = 10.0,
        **overrides: Any,
    ) -> Consumer:
        """A subscribed ``confluent_kafka.Consumer``, in a group of its own unless named.

        With ``wait_assigned`` it has its partitions and its positions in them, so that nothing that is produced
        afterwards is missed; ``TimedOut`` after ``timeout_seconds``. With ``{"group.protocol": "consumer"}`` the
        settings of the classic protocol are left out.
        """
        names = topic_names("kafka_confluent.consumer", topics)
        seconds("timeout_seconds", timeout_seconds)
        config = KafkaTestConfig.as_client(consumer_config(self._cluster, group), "confluent")
        wanted = _named(settings, overrides)
        if str(wanted.get("group.protocol")).lower() == "consumer":
            config = {name: value for name, value in config.items() if name not in _CLASSIC}
        config = merged(config, wanted)
        consumer: Consumer = needed("confluent_kafka", *_CONFLUENT).Consumer(config)
        consumer.subscribe(names)
        self._consumers.append(consumer)
        if wait_assigned:
            with holding_the_loop("kafka_confluent.consumer(wait_assigned=True)", "kafka_confluent.aconsumer"):
                _wait_assigned(consumer, names, str(config.get("auto.offset.reset")), timeout_seconds)
        return consumer

    aconsumer = twin(consumer)

    def admin(self, settings: Settings | None = None, **overrides: Any) -> AdminClient:
        """A ``confluent_kafka.admin.AdminClient``. Keep it while its futures are waited for."""
        config = KafkaTestConfig.as_client(KafkaTestConfig.get_admin_config(), "confluent")
        config["bootstrap.servers"] = self._cluster.bootstrap_servers
        admin: AdminClient = needed("confluent_kafka.admin", *_CONFLUENT).AdminClient(
            merged(config, _named(settings, overrides))
        )
        return admin

    def close(self) -> None:
        """End every client; consumers leave their groups. Clients of a broker that is gone are dropped."""
        for consumer in self._consumers:
            if self._cluster.is_running:
                consumer.close()
        for producer in self._producers:
            if self._cluster.is_running:
                producer.flush(_FLUSH_SECONDS)
            else:
                producer.purge()
        self._consumers.clear()
        self._producers.clear()


def _wait_assigned(consumer: Any, names: list[str], reset: str, timeout_seconds: float) -> None:
    deadline = monotonic() + timeout_seconds
    early: dict[tuple[str, int], Any] = {}
    while not consumer.assignment():
        if monotonic() > deadline:
            raise TimedOut(f"no partition of {', '.join(names)} was assigned within {timeout_seconds} s")
        # A poll may bring a record; it is read again.
        message = consumer.poll(_POLL_SECONDS)
        if message is not None and message.error() is None:
            early.setdefault((message.topic(), message.partition()), message)
    for at in consumer.committed(consumer.assignment(), timeout=timeout_seconds):
        message = early.get((at.topic, at.partition))
        if message is not None:
            at.offset = message.offset()
        elif at.offset < 0 and reset in ("latest", "largest", "end"):
            _, at.offset = consumer.get_watermark_offsets(at, timeout=timeout_seconds)
        if at.offset >= 0:
            consumer.seek(at)
