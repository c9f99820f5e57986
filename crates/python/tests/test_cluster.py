"""Brokers that stop and start, and leaders that move, under clients that produce and consume."""

from __future__ import annotations

import socket
import warnings
from collections.abc import Iterator

import pytest
from confluent_kafka import Consumer, KafkaError, Message, Producer
from confluent_kafka.admin import AdminClient
from confluent_kafka.admin._config import ConfigResource
from confluent_kafka.admin._resource import ResourceType
from confluent_kafka.cimpl import NewTopic
from kafka import KafkaAdminClient
from waiting import until

from kafka_trial import ExternalKafka, KafkaBroker, KafkaTrialError, Refused
from kafka_trial._topics import Topics

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


def replicas(cluster: KafkaBroker, topic: str) -> list[int]:
    admin = KafkaAdminClient(bootstrap_servers=cluster.bootstrap_servers)
    (described,) = admin.describe_topics([topic])
    admin.close()
    return [len(partition["replica_nodes"]) for partition in described["partitions"]]


def test_every_way_to_make_a_topic_follows_the_default_replication_factor() -> None:
    topics: Topics = {"at-start": 2, "asked-for": {"replication_factor": 2}}
    with KafkaBroker.start(brokers=3, topics=topics, config={"default.replication.factor": 3}) as cluster:
        cluster.create_topic("created")
        cluster.create_topic("single", replication_factor=1)
        ExternalKafka(cluster.bootstrap_servers).create_topic("external")
        cluster.produce("by-the-way", b"7")
        names = ("at-start", "asked-for", "created", "single", "external", "by-the-way")
        assert [replicas(cluster, name) for name in names] == [[3, 3], [2], [3], [1], [3], [3]]
        cluster.stop_broker(0)
        assert cluster.produce("at-start", b"7", partition=1).offset == 0


def test_the_settings_of_a_present_kafka() -> None:
    """What CI files of other projects set, as ``docs/ci.md`` shows it."""
    config = {
        "auto.create.topics.enable": "false",
        "node.id": 1,
        "group.initial.rebalance.delay.ms": 100,
        "log.retention.ms": -1,
    }
    topics: Topics = {"states": {"partitions": 3, "cleanup.policy": "compact", "retention.ms": -1}}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        cluster = KafkaBroker.start(brokers=2, config=config, topics=topics)
    with cluster:
        with pytest.raises(Refused, match="nobody-made-it") as refused:
            cluster.produce("nobody-made-it", b"7", timeout_seconds=1)
        assert refused.value.code == "UNKNOWN_TOPIC_OR_PARTITION"
        admin = AdminClient({"bootstrap.servers": cluster.bootstrap_servers})
        assert sorted(admin.list_topics(timeout=10).brokers) == [1, 2]
        resource = ConfigResource(ResourceType.TOPIC, "states")
        configs = admin.describe_configs([resource])[resource].result()
        assert (configs["cleanup.policy"].value, configs["retention.ms"].value) == ("compact", "-1")
        consumer = Consumer(
            {"bootstrap.servers": cluster.bootstrap_servers, "group.id": "new", "group.protocol": "consumer"}
        )
        consumer.subscribe(["states"])
        until(lambda: consumer.poll(0.1) or consumer.assignment(), bool, "partitions by the new group protocol")
        assert cluster.group("new").group_type == "consumer"
        consumer.close()
        cluster.stop_broker(1)
        assert cluster.is_running
        cluster.stop_broker(2)
        assert not cluster.is_running
        with pytest.raises(KafkaTrialError, match="there is no broker 0: their ids are 1 to 2"):
            cluster.stop_broker(0)
