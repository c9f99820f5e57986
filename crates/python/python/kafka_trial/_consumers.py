"""kafka-python's clients as the fixtures hand them out."""

from __future__ import annotations

import time
import warnings
from collections.abc import Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from ._arguments import seconds
from ._clients import consumer_config, key_serializer, merged, topic_names
from ._errors import TimedOut
from ._extras import needed
from ._native import DEFAULT_PARTITIONS, create_topics
from ._run import DEFAULT_TOPICS
from ._values import from_json, to_json
from ._waiting import holding_the_loop, in_thread
from .kafka_test_config import KafkaTestConfig

if TYPE_CHECKING:
    from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer

    from ._broker import Cluster

# How long a producer may take to hand over its last records at the end of a test.
_FLUSH_SECONDS = 5.0


def kafka_python() -> Any:
    """The package ``kafka``. Under ``-W error`` some of its versions warn while they are imported."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return needed("kafka", "kafka-python")


def json_serializer() -> Any:
    """Writes events as JSON, and passes bytes and text on. Valid for kafka-python 2 and 3."""
    from kafka.serializer import Serializer

    class JsonSerializer(Serializer):  # type: ignore[misc]
        # kafka-python 3 gives (headers, data) after the topic, 2 only the data.
        def serialize(self, topic: str, *rest: Any) -> bytes | None:
            data = rest[-1]
            if data is None or isinstance(data, bytes):
                return data
            try:
                return data.encode() if isinstance(data, str) else to_json(data)
            except TypeError as error:  # kafka-python 3 takes it for a serializer of another signature, and says so
                raise ValueError(str(error)) from None

    return JsonSerializer()


def text_serializer() -> Any:
    """Writes keys that are text, and passes bytes on."""
    from kafka.serializer import Serializer

    class TextSerializer(Serializer):  # type: ignore[misc]
        def serialize(self, topic: str, *rest: Any) -> bytes | None:
            try:
                return key_serializer(rest[-1])
            except TypeError as error:
                raise ValueError(str(error)) from None

    return TextSerializer()


def json_deserializer() -> Any:
    """Reads JSON objects as dicts, and leaves other values as bytes: one broken record must not stop a consumer."""
    from kafka.serializer import Deserializer

    class JsonDeserializer(Deserializer):  # type: ignore[misc]
        def deserialize(self, topic: str, *rest: Any) -> Any:
            # kafka-python 3 gives the headers too.
            event = from_json(rest[-1], rest[0] if len(rest) > 1 else None)
            return rest[-1] if event is None else event

    return JsonDeserializer()


def administering(cluster: Cluster, *, default_topics: bool = False, **overrides: Any) -> Iterator[KafkaAdminClient]:
    """An admin client, before which the default topics exist when they are asked for."""
    if default_topics:
        create_topics(cluster.bootstrap_servers, list(DEFAULT_TOPICS.values()), DEFAULT_PARTITIONS, 1, {})
    config = {**KafkaTestConfig.get_admin_config(), "bootstrap_servers": cluster.bootstrap_servers}
    client = kafka_python().KafkaAdminClient(**merged(config, overrides))
    yield client
    client.close()


def producing(cluster: Cluster, **overrides: Any) -> Iterator[KafkaProducer]:
    """A producer of JSON events; what it has not sent at the end is a warning, for the test has had its verdict."""
    kafka = kafka_python()
    config = merged(
        {**KafkaTestConfig.get_producer_config(), "bootstrap_servers": cluster.bootstrap_servers},
        {"value_serializer": json_serializer(), "key_serializer": text_serializer()},
        overrides,
    )
    producer = kafka.KafkaProducer(**config)
    yield producer
    try:
        if not cluster.is_running:
            producer.close(timeout=0)
        else:
            producer.flush(timeout=_FLUSH_SECONDS)
            producer.close(timeout=_FLUSH_SECONDS)
    except kafka.errors.KafkaError as error:
        if cluster.is_running:
            warnings.warn(f"kafka_producer was closed with records that were not sent: {error}", stacklevel=1)


class ConsumerFactory:
    """Makes consumers of one cluster and closes them at the end of the test."""

    _is_consumer_factory = True
    #: What to write in place of the factory itself.
    _call_it_first = 'call it first, consumer = kafka_consumer([topic], "my-group")'

    def __init__(self, cluster: Cluster, **settings: Any) -> None:
        self._kafka = kafka_python()
        self._cluster = cluster
        self._settings = settings
        self._open: list[KafkaConsumer] = []

    def __call__(
        self,
        topics: str | Sequence[str],
        group: str | None = None,
        *,
        wait_assigned: bool = False,
        timeout_seconds: float = 10.0,
        **overrides: Any,
    ) -> KafkaConsumer:
        """A ``kafka.KafkaConsumer`` of some topics, in a group of its own unless named.

        The id of the group is ``<prefix>-<group>``, or ``group`` when it begins with the prefix, as ``kafka_group``
        does.

        ``wait_assigned`` returns when it has its partitions, so that with ``auto_offset_reset="latest"`` nothing that
        is produced afterwards is missed; ``TimedOut`` after ``timeout_seconds``. ``overrides`` are
        ``KafkaConsumer``'s own settings; ``None`` takes one out.
        """
        names = topic_names("kafka_consumer", topics)
        seconds("timeout_seconds", timeout_seconds)
        config = merged(
            consumer_config(self._cluster, group),
            {"value_deserializer": json_deserializer()},
            self._settings,
            overrides,
        )
        consumer = self._kafka.KafkaConsumer(*names, **config)
        self._open.append(consumer)
        for name in names:
            # kafka-python 3.0 joins a second time when metadata comes late, and may then never get partitions.
            consumer.partitions_for_topic(name)
        if wait_assigned:
            with holding_the_loop("kafka_consumer(wait_assigned=True)", "kafka_consumer.assigned"):
                self._wait_assigned(consumer, names, timeout_seconds)
        return consumer

    async def assigned(
        self, topics: str | Sequence[str], group: str | None = None, *, timeout_seconds: float = 10.0, **overrides: Any
    ) -> KafkaConsumer:
        """Return a consumer that has its partitions, as with ``wait_assigned``, in a coroutine: the loop stays free."""
        options = {"wait_assigned": True, "timeout_seconds": timeout_seconds, **overrides}
        return await in_thread(partial(self, topics, group, **options))

    def __getattr__(self, name: str) -> Any:
        """Who treats the factory as a consumer is told."""
        if name.startswith("_") or not hasattr(self._kafka.KafkaConsumer, name):
            raise AttributeError(f"{type(self).__name__} has no attribute {name!r}")
        raise AttributeError(
            f"kafka_consumer is a factory of consumers, and .{name} is a consumer's: "
            f"{self._call_it_first}, then consumer.{name}"
        )

    def __iter__(self) -> Any:
        raise TypeError('kafka_consumer is a factory: for record in kafka_consumer([topic], "my-group")')

    def _wait_assigned(self, consumer: KafkaConsumer, names: list[str], timeout_seconds: float) -> None:
        deadline = time.monotonic() + timeout_seconds
        while not consumer.assignment():
            if time.monotonic() > deadline:
                raise TimedOut(f"no partition of {', '.join(names)} was assigned within {timeout_seconds} s")
            # A poll may bring records; they are read again from where each partition stood.
            for partition, records in consumer.poll(timeout_ms=1000).items():
                consumer.seek(partition, records[0].offset)
        for partition in consumer.assignment():
            consumer.position(partition)

    def close(self) -> None:
        """Close every consumer; the test may have closed some itself."""
        for consumer in self._open:
            try:
                if self._cluster.is_running:
                    consumer.close()
                else:
                    consumer.close(autocommit=False, timeout_ms=0)
            except self._kafka.errors.KafkaError as error:
                if not self._cluster.is_running:
                    continue
                warnings.warn(f"a consumer of kafka_consumer was not closed cleanly: {error}", stacklevel=1)
        self._open.clear()
