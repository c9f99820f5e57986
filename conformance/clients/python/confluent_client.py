"""confluent-kafka."""

from __future__ import annotations

from collections.abc import Iterable
from importlib.metadata import version
from typing import Any

from client import LIMIT_SECONDS, Member, Unsupported

MONEY = '{"type": "record", "name": "Money", "fields": [{"name": "cents", "type": "long"}]}'
ORDER = '{"type": "record", "name": "Order", "fields": [{"name": "total", "type": "Money"}]}'


class Confluent:
    def __init__(self, servers: str) -> None:
        import confluent_kafka
        from confluent_kafka.admin import AdminClient

        self.confluent_kafka = confluent_kafka
        self.version = f"{version('confluent-kafka')}/{confluent_kafka.libversion()[0]}"
        self.servers = servers
        self.admin = AdminClient({"bootstrap.servers": servers})

    def create(self, topic: str, partitions: int) -> None:
        from confluent_kafka.cimpl import NewTopic

        for created in self.admin.create_topics([NewTopic(topic, partitions, 1)]).values():
            created.result(LIMIT_SECONDS)

    def topics(self) -> Iterable[str]:
        return self.admin.list_topics(timeout=LIMIT_SECONDS).topics

    def delete(self, topic: str) -> None:
        for deleted in self.admin.delete_topics([topic]).values():
            deleted.result(LIMIT_SECONDS)

    def produce(self, topic: str, partition: int, codec: str, values: list[bytes]) -> None:
        producer = self.confluent_kafka.Producer(
            {"bootstrap.servers": self.servers, "compression.type": codec, "linger.ms": 50}
        )
        errors: list[Any] = []
        for value in values:
            producer.produce(topic, value, partition=partition, on_delivery=lambda error, _: errors.append(error))
        left = producer.flush(LIMIT_SECONDS)
        if left or any(errors):
            raise RuntimeError(f"{left} records are not delivered, errors {set(errors) - {None}}")

    def registry(self, url: str, topic: str) -> tuple[int, bytes, int]:
        if self.version.startswith("2.0."):
            raise Unsupported("its Avro serializer takes no references")
        from confluent_kafka.schema_registry import Schema, SchemaReference, SchemaRegistryClient
        from confluent_kafka.schema_registry.avro import AvroDeserializer, AvroSerializer
        from confluent_kafka.serialization import MessageField, SerializationContext

        registry = SchemaRegistryClient({"url": url})
        registry.register_schema(f"{topic}-money", Schema(MONEY, "AVRO"))
        order = Schema(ORDER, "AVRO", [SchemaReference("Money", f"{topic}-money", 1)])
        context = SerializationContext(topic, MessageField.VALUE)
        message = AvroSerializer(registry, order)({"total": {"cents": 1234}}, context)
        value = AvroDeserializer(registry)(message, context)
        known = registry.lookup_schema(f"{topic}-value", order).schema_id
        if known is None or registry.get_latest_version(f"{topic}-value").schema_id != known:
            raise RuntimeError(f"the latest version is not the one that is known as {known}")
        return known, message, value["total"]["cents"]

    def member(self, topic: str, group: str) -> Member:
        consumer = self.confluent_kafka.Consumer(
            {
                "bootstrap.servers": self.servers,
                "group.id": group,
                "auto.offset.reset": "earliest",
                "enable.auto.commit": False,
                "heartbeat.interval.ms": 100,
            }
        )
        consumer.subscribe([topic])
        return ConfluentMember(consumer)


class ConfluentMember:
    def __init__(self, consumer: Any) -> None:
        self.consumer = consumer

    def poll(self) -> list[bytes]:
        messages = self.consumer.consume(num_messages=500, timeout=0.1)
        for message in messages:
            if message.error() is not None:
                raise RuntimeError(str(message.error()))
        return [message.value() for message in messages]

    def assignment(self) -> Iterable[int]:
        return [partition.partition for partition in self.consumer.assignment()]

    def commit(self) -> None:
        self.consumer.commit(asynchronous=False)

    def close(self) -> None:
        self.consumer.close()
