"""The Python clients and kcat behind the line protocol of `conformance/clients/src/driver.rs`.

driver.py kafka-python|aiokafka|confluent-kafka|kcat BOOTSTRAP_SERVERS
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import subprocess
import sys
import threading
from collections.abc import Awaitable, Callable, Iterable
from importlib.metadata import version
from typing import Any, Protocol, TypeVar

T = TypeVar("T")
LIMIT_SECONDS = 50.0


class Unsupported(Exception):
    """The client has no such thing."""


class Member(Protocol):
    """A consumer in a group."""

    def poll(self) -> list[bytes]: ...
    def assignment(self) -> Iterable[int]: ...
    def commit(self) -> None: ...
    def close(self) -> None: ...


class Client(Protocol):
    version: str

    def create(self, topic: str, partitions: int) -> None: ...
    def topics(self) -> Iterable[str]: ...
    def delete(self, topic: str) -> None: ...
    def produce(self, topic: str, partition: int, codec: str, values: list[bytes]) -> None: ...
    def member(self, topic: str, group: str) -> Member: ...


class KafkaPython:
    """kafka-python, of either major version."""

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


class AioKafka:
    """aiokafka, on a loop of its own."""

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


class Confluent:
    """confluent-kafka."""

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


class Kcat:
    """The command kcat."""

    def __init__(self, servers: str) -> None:
        self.servers = servers
        told = subprocess.run(["kcat", "-V"], capture_output=True, text=True, check=True).stdout
        found = re.search(r"Version (\S+) .*librdkafka ([\d.]+)", told)
        self.version = "/".join(found.groups()) if found else "unknown"

    def run(self, *arguments: str, stdin: bytes = b"") -> str:
        command = ["kcat", "-b", self.servers, *arguments]
        done = subprocess.run(command, input=stdin, capture_output=True, timeout=LIMIT_SECONDS, check=False)
        if done.returncode:
            raise RuntimeError(done.stderr.decode())
        return done.stdout.decode()

    def create(self, topic: str, partitions: int) -> None:
        raise Unsupported("kcat neither creates nor deletes topics")

    def topics(self) -> Iterable[str]:
        return re.findall(r'^ +topic "(.+)" with', self.run("-L"), re.MULTILINE)

    def delete(self, topic: str) -> None:
        raise Unsupported("kcat neither creates nor deletes topics")

    def produce(self, topic: str, partition: int, codec: str, values: list[bytes]) -> None:
        options = ("-P", "-t", topic, "-p", str(partition), "-z", codec, "-X", "linger.ms=50")
        self.run(*options, stdin=b"\n".join(values))

    def member(self, topic: str, group: str) -> Member:
        return KcatMember(self.servers, topic, group)


class KcatMember:
    """`kcat -G`, which tells its assignment on standard error and commits when it ends."""

    def __init__(self, servers: str, topic: str, group: str) -> None:
        options = ["-X", "auto.offset.reset=earliest", "-X", "heartbeat.interval.ms=100", "-u"]
        command = ["kcat", "-b", servers, *options, "-G", group, topic]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.changed = threading.Condition()
        self.values: list[bytes] = []
        self.assigned: list[int] = []
        threading.Thread(target=self.read_values, daemon=True).start()
        threading.Thread(target=self.read_assignments, daemon=True).start()

    def read_values(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            with self.changed:
                self.values.append(line.rstrip(b"\n"))
                self.changed.notify()

    def read_assignments(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            sys.stderr.buffer.write(line)
            sys.stderr.flush()
            if b" rebalanced " in line:
                partitions = [int(number) for number in re.findall(rb"\[(\d+)\]", line)]
                with self.changed:
                    self.assigned = partitions if b"assigned:" in line else []

    def poll(self) -> list[bytes]:
        with self.changed:
            self.changed.wait_for(lambda: bool(self.values), timeout=0.2)
            values, self.values = self.values, []
            return values

    def assignment(self) -> Iterable[int]:
        with self.changed:
            return self.assigned

    def commit(self) -> None:
        """Nothing to do before it ends."""

    def close(self) -> None:
        self.process.terminate()
        self.process.wait(LIMIT_SECONDS)


CLIENTS: dict[str, Callable[[str], Client]] = {
    "kafka-python": KafkaPython,
    "aiokafka": AioKafka,
    "confluent-kafka": Confluent,
    "kcat": Kcat,
}


class Driver:
    """Does what a line says, and gives the words of the answer."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.members: dict[str, Member] = {}

    def create(self, topic: str, partitions: str) -> Iterable[str]:
        self.client.create(topic, int(partitions))
        return []

    def list(self) -> Iterable[str]:
        return self.client.topics()

    def delete(self, topic: str) -> Iterable[str]:
        self.client.delete(topic)
        return []

    def produce(self, topic: str, partition: str, codec: str, prefix: str, count: str) -> Iterable[str]:
        values = [f"{prefix}-{number}-{'x' * (number % 100)}".encode() for number in range(int(count))]
        self.client.produce(topic, int(partition), codec, values)
        return []

    def join(self, member: str, group: str, topic: str) -> Iterable[str]:
        self.members[member] = self.client.member(topic, group)
        return []

    def poll(self, member: str) -> Iterable[str]:
        values = self.members[member].poll()
        assigned = ",".join(str(partition) for partition in sorted(self.members[member].assignment()))
        return [assigned or "-", *(value.decode() for value in values)]

    def commit(self, member: str) -> Iterable[str]:
        self.members[member].commit()
        return []

    def leave(self, member: str) -> Iterable[str]:
        self.members.pop(member).close()
        return []

    def answer(self, line: str) -> str:
        command, *arguments = line.split()
        try:
            return " ".join(["ok", *getattr(self, command)(*arguments)])
        except Unsupported as why:
            return f"unsupported {why}"
        except Exception as error:
            return f"error {type(error).__name__}: {error}".replace("\n", " ")


def main() -> None:
    kind, servers = sys.argv[1:]
    client = CLIENTS[kind](servers)
    driver = Driver(client)
    print("ready", client.version, flush=True)
    for line in sys.stdin:
        print(driver.answer(line), flush=True)
    for member in driver.members.values():
        with contextlib.suppress(Exception):
            member.close()


main()
