"""kafka-python's clients as the fixtures hand them out."""

from __future__ import annotations

import time
import warnings
from collections.abc import Sequence
from typing import Any
from uuid import uuid4

from .events import from_json, to_json
from .kafka_test_config import KafkaTestConfig


def json_serializer() -> Any:
    """Writes events as JSON, and passes bytes and text on. Valid for kafka-python 2 and 3."""
    from kafka.serializer import Serializer

    class JsonSerializer(Serializer):  # type: ignore[misc]
        # kafka-python 3 gives (headers, data) after the topic, 2 only the data.
        def serialize(self, topic: str, *rest: Any) -> bytes | None:
            data = rest[-1]
            if data is None or isinstance(data, bytes):
                return data
            return data.encode() if isinstance(data, str) else to_json(data)

    return JsonSerializer()


def json_deserializer() -> Any:
    """Reads JSON objects as dicts, and leaves other values as bytes: one broken record must not stop a consumer."""
    from kafka.serializer import Deserializer

    class JsonDeserializer(Deserializer):  # type: ignore[misc]
        def deserialize(self, topic: str, *rest: Any) -> Any:
            event = from_json(rest[-1])
            return rest[-1] if event is None else event

    return JsonDeserializer()


class ConsumerFactory:
    """Makes consumers and closes those that are left at the end."""

    is_consumer_factory = True

    def __init__(self, kafka: Any) -> None:
        self._kafka = kafka
        self._open: list[Any] = []

    def __call__(
        self,
        topics: str | Sequence[str],
        group: str | None = None,
        *,
        wait_assigned: bool = False,
        timeout_seconds: float = 10.0,
        **overrides: Any,
    ) -> Any:
        """A ``kafka.KafkaConsumer`` of some topics in group ``<prefix>-<group>``, a group of its own unless named.

        ``wait_assigned`` returns when it has its partitions, so that with ``auto_offset_reset="latest"`` nothing that
        is produced afterwards is missed; ``TimeoutError`` after ``timeout_seconds``. ``overrides`` are
        ``KafkaConsumer``'s own settings.
        """
        names = [topics] if isinstance(topics, str) else list(topics)
        config = {
            **KafkaTestConfig.get_consumer_config(group or uuid4().hex),
            "value_deserializer": json_deserializer(),
            **overrides,
        }
        consumer = self._kafka.KafkaConsumer(*names, **config)
        self._open.append(consumer)
        for name in names:
            # kafka-python 3.0 joins a second time when metadata comes late, and may then never get partitions.
            consumer.partitions_for_topic(name)
        if wait_assigned:
            self._wait_assigned(consumer, names, timeout_seconds)
        return consumer

    def _wait_assigned(self, consumer: Any, names: list[str], timeout_seconds: float) -> None:
        deadline = time.monotonic() + timeout_seconds
        while not consumer.assignment():
            if time.monotonic() > deadline:
                raise TimeoutError(f"no partition of {', '.join(names)} was assigned within {timeout_seconds} s")
            # A poll may bring records; they are read again from where each partition stood.
            for partition, records in consumer.poll(timeout_ms=1000).items():
                consumer.seek(partition, records[0].offset)
        for partition in consumer.assignment():
            consumer.position(partition)

    def close(self) -> None:
        """Close every consumer; the test may have closed some itself."""
        for consumer in self._open:
            try:
                consumer.close()
            except self._kafka.errors.KafkaError as error:
                warnings.warn(f"a consumer of kafka_consumer was not closed cleanly: {error}", stacklevel=1)
        self._open.clear()
