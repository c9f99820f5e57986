"""kafka-python, of either major version."""

from __future__ import annotations

from collections.abc import Iterable
from importlib.metadata import version
from typing import Any

from client import LIMIT_SECONDS, Member


class KafkaPython:
    def __init__(self, servers: str) -> None:
        import kafka

        self.kafka = kafka
        self.version = version("kafka-python")
        self.servers = servers
        self.admin = kafka.KafkaAdminClient(bootstrap_servers=servers)

    def create(self, topic: str, partitions: int) -> None:
        from kafka.admin import NewTopic

        self.admin.create_topics([NewTopic(topic, partitions, 1)])

    def topics(self) -> Iterable[str]:
        return set(self.admin.list_topics())

    def delete(self, topic: str) -> None:
        self.admin.delete_topics([topic])

    def produce(self, topic: str, partition: int, codec: str, values: list[bytes]) -> None:
        producer = self.kafka.KafkaProducer(
            bootstrap_servers=self.servers, compression_type=None if codec == "none" else codec, linger_ms=50
        )
        for sent in [producer.send(topic, value, partition=partition) for value in values]:
            sent.get(timeout=LIMIT_SECONDS)
        producer.close()

    def member(self, topic: str, group: str) -> Member:
        consumer = self.kafka.KafkaConsumer(
            topic,
            bootstrap_servers=self.servers,
            group_id=group,
            auto_offset_reset="earliest",
            enable_auto_commit=False,
            heartbeat_interval_ms=100,
        )
        # Without it the first join of version 3 is one for no topics.
        consumer.partitions_for_topic(topic)
        return KafkaPythonMember(consumer)


class KafkaPythonMember:
    def __init__(self, consumer: Any) -> None:
        self.consumer = consumer

    def poll(self) -> list[bytes]:
        # Shorter polls may end inside a join, which kafka-python 3.0 does not survive.
        batches = self.consumer.poll(timeout_ms=1000 if not self.consumer.assignment() else 100)
        return [record.value for records in batches.values() for record in records]

    def assignment(self) -> Iterable[int]:
        return [partition.partition for partition in self.consumer.assignment()]

    def commit(self) -> None:
        self.consumer.commit()

    def close(self) -> None:
        self.consumer.close()
