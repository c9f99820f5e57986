"""The Python clients and kcat behind the line protocol of `conformance/clients/src/driver.rs`.

driver.py kafka-python|aiokafka|confluent-kafka|kcat BOOTSTRAP_SERVERS
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterable

from aiokafka_client import AioKafka
from client import Client, Member, Unsupported
from confluent_client import Confluent
from kafka_python_client import KafkaPython
from kcat_client import Kcat

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

    def registry(self, url: str, topic: str) -> Iterable[str]:
        client = getattr(self.client, "registry", None)
        if client is None:
            raise Unsupported("this client has none for a schema registry")
        schema_id, message, cents = client(url, topic)
        return [str(schema_id), message.hex(), str(cents)]

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
