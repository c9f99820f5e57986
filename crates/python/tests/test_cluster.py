"""Brokers that stop and start, and leaders that move, under clients that produce and consume."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest
from confluent_kafka import Consumer, KafkaError, Message, Producer
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic
from waiting import until

from kafka_trial import KafkaBroker, KafkaTrialError

RECORDS = 600


@pytest.fixture
def cluster() -> Iterator[KafkaBroker]:
    with KafkaBroker.start(brokers=3, config={"default.replication.factor": "3"}) as cluster:
        yield cluster


def port_is_open(cluster: KafkaBroker, broker_id: int) -> bool:
    host, _, port = cluster.bootstrap_servers.split(",")[broker_id].rpartition(":")
    with socket.socket() as probe:
        return probe.connect_ex((host, int(port))) == 0


def create(cluster: KafkaBroker, topic: str, partitions: int) -> AdminClient:
    admin = AdminClient({"bootstrap.servers": cluster.bootstrap_servers})
    admin.create_topics([NewTopic(topic, partitions, 3)])[topic].result()
    return admin


def test_a_stopped_brokers_port_refuses_until_it_is_started(cluster: KafkaBroker) -> None:
    assert port_is_open(cluster, 1)
    cluster.stop_broker(1)
    assert not port_is_open(cluster, 1)
    with pytest.raises(KafkaTrialError, match="broker 1 is stopped already"):
        cluster.stop_broker(1)
    cluster.start_broker(1)
    assert port_is_open(cluster, 1)
    with pytest.raises(KafkaTrialError, match="there is no broker 7: their ids are 0 to 2"):
        cluster.start_broker(7)


def test_metadata_shows_the_leader_that_was_moved(cluster: KafkaBroker, kafka_group: str) -> None:
    admin = create(cluster, kafka_group, 1)

    def leader() -> int:
        return int(admin.list_topics(kafka_group, timeout=10).topics[kafka_group].partitions[0].leader)

    assert leader() == 0
    cluster.move_leader(kafka_group, 0, 2)
    assert leader() == 2
    cluster.stop_broker(0)
    with pytest.raises(KafkaTrialError, match=f"broker 0 has no in-sync replica of {kafka_group}-0"):
        cluster.move_leader(kafka_group, 0, 0)


@pytest.mark.parametrize("protocol", ["classic", "consumer"])
def test_what_was_acknowledged_is_all_there_and_in_order(cluster: KafkaBroker, kafka_group: str, protocol: str) -> None:
    create(cluster, kafka_group, 3)
    acknowledged: list[tuple[int, bytes]] = []
    refused: list[KafkaError] = []

    def delivered(error: KafkaError | None, message: Message) -> None:
        partition, value = message.partition(), message.value()
        if error is not None or partition is None or value is None:
            refused.append(error or KafkaError(KafkaError._FAIL))
        else:
            acknowledged.append((partition, value))

    producer = Producer(
        {"bootstrap.servers": cluster.bootstrap_servers, "enable.idempotence": True, "linger.ms": 1, "acks": "all"}
    )
    consumer = Consumer(
        {
            "bootstrap.servers": cluster.bootstrap_servers,
            "group.id": kafka_group,
            "group.protocol": protocol,
            "auto.offset.reset": "earliest",
        }
    )
    consumer.subscribe([kafka_group])
    received: list[tuple[int, bytes]] = []

    def consume() -> int:
        for message in consumer.consume(500, timeout=0.02):
            partition, value = message.partition(), message.value()
            if message.error() is None and partition is not None and value is not None:
                received.append((partition, value))
        # A member whose coordinator moved may be given records again.
        return len(set(received))

    events = {
        100: lambda: cluster.stop_broker(0),
        200: lambda: cluster.move_leader(kafka_group, 0, 2),
        300: lambda: cluster.start_broker(0),
        350: lambda: cluster.stop_broker(1),
        450: lambda: cluster.start_broker(1),
        500: lambda: cluster.move_leader(kafka_group, 1, 0),
    }
    for number in range(RECORDS):
        events.get(number, lambda: None)()
        producer.produce(kafka_group, b"%06d" % number, partition=number % 3, on_delivery=delivered)
        producer.poll(0)
        if number % 20 == 0:
            consume()
    assert producer.flush(30) == 0
    assert refused == []
    assert len(acknowledged) == RECORDS
    until(consume, lambda count: count >= RECORDS, "everything is consumed")
    for partition in range(3):
        sent = [b"%06d" % number for number in range(RECORDS) if number % 3 == partition]
        assert [record.value for record in cluster.records(kafka_group, partition)] == sent
        assert list(dict.fromkeys(value for place, value in received if place == partition)) == sent
    consumer.close()
