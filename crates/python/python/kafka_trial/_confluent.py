"""confluent-kafka clients."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import uuid4

from .kafka_test_config import KafkaTestConfig

# How long a producer may take to hand over its last records at the end of a test.
_FLUSH_SECONDS = 5.0


def _confluent() -> Any:
    try:
        import confluent_kafka
    except ImportError:
        raise ImportError(
            "confluent-kafka is not installed: pip install confluent-kafka, which is the extra kafka-trial[confluent]"
        ) from None
    return confluent_kafka


class ConfluentKafka:
    """Makes clients and ends them. Overrides are librdkafka's settings: ``producer(**{"linger.ms": 0})``."""

    def __init__(self) -> None:
        self._producers: list[Any] = []
        self._consumers: list[Any] = []

    def producer(self, **overrides: Any) -> Any:
        """A ``confluent_kafka.Producer``."""
        config = KafkaTestConfig.as_client(KafkaTestConfig.get_producer_config(), "confluent")
        producer = _confluent().Producer({**config, **overrides})
        self._producers.append(producer)
        return producer

    def consumer(self, topics: str | Sequence[str], group: str | None = None, **overrides: Any) -> Any:
        """A subscribed ``confluent_kafka.Consumer``, in a group of its own unless named."""
        names = [topics] if isinstance(topics, str) else list(topics)
        config = KafkaTestConfig.as_client(KafkaTestConfig.get_consumer_config(group or uuid4().hex), "confluent")
        consumer = _confluent().Consumer({**config, **overrides})
        consumer.subscribe(names)
        self._consumers.append(consumer)
        return consumer

    def admin(self, **overrides: Any) -> Any:
        """A ``confluent_kafka.admin.AdminClient``. Keep it while its futures are waited for."""
        from importlib import import_module

        _confluent()
        config = KafkaTestConfig.as_client(KafkaTestConfig.get_admin_config(), "confluent")
        return import_module("confluent_kafka.admin").AdminClient({**config, **overrides})

    def close(self) -> None:
        """End every client; consumers leave their groups."""
        for consumer in self._consumers:
            consumer.close()
        for producer in self._producers:
            producer.flush(_FLUSH_SECONDS)
        self._consumers.clear()
        self._producers.clear()
