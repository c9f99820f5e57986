"""aiokafka, on a loop of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Iterable
from importlib.metadata import version
from typing import Any, TypeVar

from client import LIMIT_SECONDS, Member

T = TypeVar("T")


class AioKafka:
    def __init__(self, servers: str) -> None:
        import aiokafka
        from aiokafka.admin import AIOKafkaAdminClient

        self.aiokafka = aiokafka
        self.version = version("aiokafka")
        self.servers = servers
        self.loop = asyncio.new_event_loop()

        async def start() -> Any:
            admin = AIOKafkaAdminClient(bootstrap_servers=servers)
            await admin.start()
            return admin

        self.admin = self.run(start())

    def run(self, work: Awaitable[T]) -> T:
        return self.loop.run_until_complete(asyncio.wait_for(work, LIMIT_SECONDS))

    def create(self, topic: str, partitions: int) -> None:
        from aiokafka.admin import NewTopic

        self.run(self.admin.create_topics([NewTopic(topic, partitions, 1)]))

    def topics(self) -> Iterable[str]:
        return self.run(self.admin.list_topics())

    def delete(self, topic: str) -> None:
        self.run(self.admin.delete_topics([topic]))

    def produce(self, topic: str, partition: int, codec: str, values: list[bytes]) -> None:
        async def send() -> None:
            producer = self.aiokafka.AIOKafkaProducer(
                bootstrap_servers=self.servers, compression_type=None if codec == "none" else codec, linger_ms=50
            )
            await producer.start()
            for sent in [await producer.send(topic, value, partition=partition) for value in values]:
                await sent
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

    def assignment(self) -> Iterable[int]:
        if not self.starting.done():
            return []
        return [partition.partition for partition in self.starting.result().assignment()]

    def commit(self) -> None:
        self.client.run(self.starting.result().commit())

    def close(self) -> None:
        self.client.run(self.starting.result().stop())
