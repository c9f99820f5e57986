"""What every Python client must be able to do on the embedded broker."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from client_adapters import CLIENTS, Client, until

from kafka_trial import KafkaBroker

CODECS = ["none", "gzip", "snappy", "lz4", "zstd"]


@pytest.fixture(scope="module")
def broker() -> Iterator[KafkaBroker]:
    with KafkaBroker.start(auto_create_topics=False) as broker:
        yield broker


@pytest.fixture(params=CLIENTS)
def client(request: pytest.FixtureRequest, broker: KafkaBroker) -> Iterator[Client]:
    client = CLIENTS[request.param](broker.bootstrap_servers)
    yield client
    client.close()


def test_topics_are_created_listed_and_deleted(client: Client, kafka_group: str) -> None:
    topic = kafka_group
    client.create(topic, 3)
    assert topic in client.list()
    client.delete(topic)
    until(client.list, lambda topics: topic not in topics, "the topic is gone")


@pytest.mark.parametrize("codec", CODECS)
def test_records_of_each_codec_come_back_as_they_went(
    client: Client, broker: KafkaBroker, kafka_group: str, codec: str
) -> None:
    topic = kafka_group
    client.create(topic, 1)
    values = [b"%d " % number + b"x" * (number % 100) for number in range(500)]
    client.produce(topic, values, codec=codec)
    assert [record.value for record in broker.records(topic)] == values
    member = client.member(topic, kafka_group)
    received: list[bytes] = []

    def poll() -> list[bytes]:
        received.extend(member.poll())
        return received

    assert until(poll, lambda seen: len(seen) >= len(values), "all records") == values
    member.close()


def test_two_members_share_a_topic_and_a_third_resumes_where_they_stopped(client: Client, kafka_group: str) -> None:
    topic = kafka_group
    client.create(topic, 4)
    first = client.member(topic, kafka_group)
    until(lambda: (first.poll(), first.assignment()), lambda seen: len(seen[1]) == 4, "the first member has it all")
    second = client.member(topic, kafka_group)
    members = [first, second]
    received: dict[int, list[bytes]] = {0: [], 1: []}

    def turn() -> list[set[int]]:
        for number, member in enumerate(members):
            received[number] += member.poll()
        return [member.assignment() for member in members]

    shares = until(turn, lambda sets: [len(share) for share in sets] == [2, 2], "the members share the partitions")
    assert shares[0] | shares[1] == {0, 1, 2, 3}
    for partition in range(4):
        client.produce(topic, [b"before %d" % partition], partition=partition)
    until(lambda: (turn(), received)[1], lambda seen: len(seen[0]) == len(seen[1]) == 2, "each gets its two records")
    assert sorted(received[0]) == [b"before %d" % partition for partition in sorted(shares[0])]
    for member in members:
        member.commit()
        member.close()

    client.produce(topic, [b"after"], partition=2)
    third = client.member(topic, kafka_group)
    assert until(third.poll, bool, "the third member gets a record") == [b"after"]
    third.close()


def test_kafka_python_gets_its_partitions_although_it_polls_shortly(kafka_bootstrap_servers: str) -> None:
    """kafka-python 3.0 may never be assigned when a short poll ends inside a join; the factory's order avoids it."""
    import kafka

    from kafka_trial.consumers import ConsumerFactory

    with KafkaBroker.start(topics={"polled": 3}) as broker:
        factory = ConsumerFactory(kafka)
        for number in range(20):
            consumer = factory("polled", f"group-{number}", bootstrap_servers=broker.bootstrap_servers)

            def assigned(consumer: Any = consumer) -> int:
                consumer.poll(timeout_ms=30)
                return len(consumer.assignment())

            until(assigned, lambda count: count == 3, f"consumer {number} has its partitions")
            consumer.close()
        factory.close()
