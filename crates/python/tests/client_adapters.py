"""kafka-python, aiokafka and confluent-kafka behind one face, for tests that all of them must pass."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Protocol, TypeVar

T = TypeVar("T")
# Long enough for a rebalance on a busy machine.
DEADLINE_SECONDS = 30.0


def until(look: Callable[[], T], good: Callable[[T], bool], what: str) -> T:
    """Look until what is seen is good; the failure says what was seen instead."""
    deadline = time.monotonic() + DEADLINE_SECONDS
    while True:
        seen = look()
        if good(seen):
            return seen
        assert time.monotonic() < deadline, f"{what}: not within {DEADLINE_SECONDS} s, seen last: {seen!r}"


class Member(Protocol):
    """A consumer in a group."""

    def poll(self) -> list[bytes]: ...
    def assignment(self) -> set[int]: ...
    def commit(self) -> None: ...
    def close(self) -> None: ...


class Client(Protocol):
    """What every client can do."""

    def create(self, topic: str, partitions: int) -> None: ...
    def list(self) -> set[str]: ...
    def delete(self, topic: str) -> None: ...
    def produce(self, topic: str, values: Sequence[bytes], *, codec: str = "none", partition: int = 0) -> None: ...
    def member(self, topic: str, group: str) -> Member: ...
    def close(self) -> None: ...


class KafkaPython:
    """kafka-python, of either major version."""

    def __init__(self, servers: str) -> None:
        import kafka

        self.kafka = kafka
        self.servers = servers
        self.admin = kafka.KafkaAdminClient(bootstrap_servers=servers)

    def create(self, topic: str, partitions: int) -> None:
        from kafka.admin import NewTopic

        self.admin.create_topics([NewTopic(topic, partitions, 1)])

    def list(self) -> set[str]:
        return set(self.admin.list_topics())

    def delete(self, topic: str) -> None:
        self.admin.delete_topics([topic])

    def produce(self, topic: str, values: Sequence[bytes], *, codec: str = "none", partition: int = 0) -> None:
        producer = self.kafka.KafkaProducer(
            bootstrap_servers=self.servers, compression_type=None if codec == "none" else codec, linger_ms=50
        )
        sent = [producer.send(topic, value, partition=partition) for value in values]
        for future in sent:
            future.get(timeout=DEADLINE_SECONDS)
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
        consumer.partitions_for_topic(topic)
        return KafkaPythonMember(consumer)

    def close(self) -> None:
        self.admin.close()


class KafkaPythonMember:
    def __init__(self, consumer: Any) -> None:
        self.consumer = consumer

    def poll(self) -> list[bytes]:
        # Shorter polls may end inside a join, which kafka-python 3.0 does not survive.
        batches = self.consumer.poll(timeout_ms=1000 if not self.consumer.assignment() else 100)
        return [record.value for records in batches.values() for record in records]

    def assignment(self) -> set[int]:
        return {partition.partition for partition in self.consumer.assignment()}

    def commit(self) -> None:
        self.consumer.commit()

    def close(self) -> None:
        self.consumer.close()


class AioKafka:
    """aiokafka, on a loop of its own."""

    def __init__(self, servers: str) -> None:
        import aiokafka
        from aiokafka.admin import AIOKafkaAdminClient

        self.aiokafka = aiokafka
        self.servers = servers
        self.loop = asyncio.new_event_loop()

        async def start() -> Any:
            admin = AIOKafkaAdminClient(bootstrap_servers=servers)
            await admin.start()
            return admin

        self.admin = self.run(start())

    def run(self, work: Awaitable[T]) -> T:
        return self.loop.run_until_complete(asyncio.wait_for(work, DEADLINE_SECONDS))

    def create(self, topic: str, partitions: int) -> None:
        from aiokafka.admin import NewTopic

        self.run(self.admin.create_topics([NewTopic(topic, partitions, 1)]))

    def list(self) -> set[str]:
        return set(self.run(self.admin.list_topics()))

    def delete(self, topic: str) -> None:
        self.run(self.admin.delete_topics([topic]))

    def produce(self, topic: str, values: Sequence[bytes], *, codec: str = "none", partition: int = 0) -> None:
        async def send() -> None:
            producer = self.aiokafka.AIOKafkaProducer(
                bootstrap_servers=self.servers, compression_type=None if codec == "none" else codec, linger_ms=50
            )
            await producer.start()
            for future in [await producer.send(topic, value, partition=partition) for value in values]:
                await future
            await producer.stop()

        self.run(send())

    def member(self, topic: str, group: str) -> Member:
        async def start() -> Any:
            consumer = self.aiokafka.AIOKafkaConsumer(
                topic,
                bootstrap_servers=self.servers,
                group_id=group,
                auto_offset_reset="earliest",
                enable_auto_commit=False,
                heartbeat_interval_ms=100,
            )
            await consumer.start()
            return consumer

        return AioKafkaMember(self, start())

    def close(self) -> None:
        self.run(self.admin.close())
        self.loop.close()


class AioKafkaMember:
    def __init__(self, client: AioKafka, start: Awaitable[Any]) -> None:
        self.client = client
        # A joining member holds the others' rebalance up, so its start must not be waited for alone.
        self.starting = asyncio.ensure_future(start, loop=client.loop)

    def poll(self) -> list[bytes]:
        async def poll() -> list[bytes]:
            done, _ = await asyncio.wait([self.starting], timeout=0.1)
            if not done:
                return []
            batches = await self.starting.result().getmany(timeout_ms=100)
            return [record.value for records in batches.values() for record in records]

        return self.client.run(poll())

    def assignment(self) -> set[int]:
        if not self.starting.done():
            return set()
        return {partition.partition for partition in self.starting.result().assignment()}

    def commit(self) -> None:
        self.client.run(self.starting.result().commit())

    def close(self) -> None:
        self.client.run(self.starting.result().stop())


class Confluent:
    """confluent-kafka."""

    def __init__(self, servers: str) -> None:
        import confluent_kafka
        from confluent_kafka.admin import AdminClient

        self.confluent_kafka = confluent_kafka
        self.servers = servers
        self.admin = AdminClient({"bootstrap.servers": servers})

    def create(self, topic: str, partitions: int) -> None:
        from confluent_kafka.cimpl import NewTopic

        for future in self.admin.create_topics([NewTopic(topic, partitions, 1)]).values():
            future.result(DEADLINE_SECONDS)

    def list(self) -> set[str]:
        return set(self.admin.list_topics(timeout=DEADLINE_SECONDS).topics)

    def delete(self, topic: str) -> None:
        for future in self.admin.delete_topics([topic]).values():
            future.result(DEADLINE_SECONDS)

    def produce(self, topic: str, values: Sequence[bytes], *, codec: str = "none", partition: int = 0) -> None:
        producer = self.confluent_kafka.Producer(
            {"bootstrap.servers": self.servers, "compression.type": codec, "linger.ms": 50}
        )
        errors: list[Any] = []
        for value in values:
            producer.produce(topic, value, partition=partition, on_delivery=lambda error, _: errors.append(error))
        assert producer.flush(DEADLINE_SECONDS) == 0
        assert errors == [None] * len(values)

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

    def close(self) -> None:
        """Nothing to do: librdkafka ends with its objects."""


class ConfluentMember:
    def __init__(self, consumer: Any) -> None:
        self.consumer = consumer

    def poll(self) -> list[bytes]:
        message = self.consumer.poll(0.1)
        if message is None:
            return []
        assert message.error() is None, message.error()
        return [message.value()]

    def assignment(self) -> set[int]:
        return {partition.partition for partition in self.consumer.assignment()}

    def commit(self) -> None:
        self.consumer.commit(asynchronous=False)

    def close(self) -> None:
        self.consumer.close()


CLIENTS: dict[str, Callable[[str], Client]] = {
    "kafka_python": KafkaPython,
    "aiokafka": AioKafka,
    "confluent_kafka": Confluent,
}
