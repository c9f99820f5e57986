"""Groups of the consumer protocol (KIP-848) with confluent-kafka: ``group.protocol=consumer``."""

from __future__ import annotations

from collections.abc import Iterator

import confluent_kafka
import pytest
from confluent_kafka import Consumer, ConsumerGroupState, ConsumerGroupTopicPartitions, Producer
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewPartitions
from waiting import until

from kafka_trial import KafkaBroker

# So that a rebalance takes as long as in a test, not as in production.
SHORT = {
    "group.consumer.heartbeat.interval.ms": "100",
    "group.consumer.min.heartbeat.interval.ms": "100",
    "group.consumer.session.timeout.ms": "3000",
    "group.consumer.min.session.timeout.ms": "3000",
    "group.consumer.assignment.interval.ms": "0",
}


@pytest.fixture(scope="module")
def broker() -> Iterator[KafkaBroker]:
    with KafkaBroker.start(config=SHORT) as broker:
        yield broker


class Member:
    """A consumer and what it has received."""

    def __init__(self, broker: KafkaBroker, group: str, topic: str, **settings: str) -> None:
        self.consumer = Consumer(
            {
                "bootstrap.servers": broker.bootstrap_servers,
                "group.id": group,
                "group.protocol": "consumer",
                "auto.offset.reset": "earliest",
                "enable.auto.commit": False,
                **{name.replace("_", "."): value for name, value in settings.items()},
            }
        )
        self.values: list[bytes] = []
        self.consumer.subscribe([topic])

    def poll(self) -> None:
        for message in self.consumer.consume(100, timeout=0.05):
            assert message.error() is None, message.error()
            value = message.value()
            assert value is not None
            self.values.append(value)

    def received(self) -> list[bytes]:
        self.poll()
        return self.values

    def partitions(self) -> set[int]:
        self.poll()
        return {partition.partition for partition in self.consumer.assignment()}


def shares(*members: Member) -> list[set[int]]:
    return [member.partitions() for member in members]


def is_fair(seen: list[set[int]], partitions: int) -> bool:
    """Every partition has one owner, and nobody has two more than another."""
    sizes = [len(own) for own in seen]
    return sum(sizes) == len(set().union(*seen)) == partitions and max(sizes) - min(sizes) <= 1


def produce(broker: KafkaBroker, topic: str, count: int) -> set[bytes]:
    values = {b"%d" % number for number in range(count)}
    for number, value in enumerate(sorted(values)):
        broker.produce(topic, value, partition=number % 4)
    return values


def test_a_member_is_assigned_consumes_commits_and_resumes(broker: KafkaBroker, kafka_group: str) -> None:
    broker.create_topic(kafka_group, partitions=4)
    sent = produce(broker, kafka_group, 20)
    first = Member(broker, kafka_group, kafka_group)
    until(lambda: set(first.received()), lambda seen: seen == sent, "all records")
    first.consumer.commit(asynchronous=False)
    first.consumer.close()
    broker.produce(kafka_group, b"later")
    second = Member(broker, kafka_group, kafka_group)
    until(second.received, bool, "the record that came later")
    assert second.values == [b"later"]
    second.consumer.close()


def test_members_come_and_go_and_each_partition_has_one_owner(broker: KafkaBroker, kafka_group: str) -> None:
    broker.create_topic(kafka_group, partitions=4)
    one, two = Member(broker, kafka_group, kafka_group), Member(broker, kafka_group, kafka_group)
    until(lambda: shares(one, two), lambda seen: is_fair(seen, 4), "two members share")
    three = Member(broker, kafka_group, kafka_group)
    until(lambda: shares(one, two, three), lambda seen: is_fair(seen, 4), "three members share")
    sent = produce(broker, kafka_group, 40)

    def received() -> list[bytes]:
        return one.received() + two.received() + three.received()

    until(lambda: len(received()), lambda count: count >= len(sent), "all records")
    assert sorted(received()) == sorted(sent)
    two.consumer.close()
    until(lambda: shares(one, three), lambda seen: is_fair(seen, 4), "the others take over")
    for member in (one, three):
        member.consumer.close()


def test_the_coordinator_resolves_a_regular_expression(broker: KafkaBroker, kafka_group: str) -> None:
    broker.create_topic(f"{kafka_group}-a", partitions=2)
    member = Member(broker, kafka_group, f"^{kafka_group}-.*")
    until(member.partitions, lambda seen: seen == {0, 1}, "the matching topic's partitions")
    broker.produce(f"{kafka_group}-a", b"matched")
    until(member.received, lambda seen: seen == [b"matched"], "its record")
    member.consumer.close()


def test_more_partitions_reach_the_members(broker: KafkaBroker, kafka_group: str) -> None:
    broker.create_topic(kafka_group, partitions=1)
    member = Member(broker, kafka_group, kafka_group, topic_metadata_refresh_interval_ms="500")
    until(member.partitions, lambda seen: seen == {0}, "its partition")
    admin = AdminClient({"bootstrap.servers": broker.bootstrap_servers})
    admin.create_partitions([NewPartitions(kafka_group, 3)])[kafka_group].result()
    until(member.partitions, lambda seen: seen == {0, 1, 2}, "the new ones too")
    member.consumer.close()


def test_a_group_changes_to_the_consumer_protocol_and_back_while_it_runs(broker: KafkaBroker, kafka_group: str) -> None:
    broker.create_topic(kafka_group, partitions=4)
    admin = AdminClient({"bootstrap.servers": broker.bootstrap_servers})

    def group_type() -> str:
        listed = admin.list_consumer_groups().result()
        return next((group.type.name for group in listed.valid if group.group_id == kafka_group), "none")

    settings = {"group_protocol": "classic", "partition_assignment_strategy": "cooperative-sticky"}
    classic = Member(broker, kafka_group, kafka_group, session_timeout_ms="6000", **settings)
    until(lambda: shares(classic), lambda seen: is_fair(seen, 4), "the classic member has all")
    assert group_type() == "CLASSIC"
    modern = Member(broker, kafka_group, kafka_group)
    until(lambda: shares(classic, modern), lambda seen: is_fair(seen, 4), "both share")
    assert group_type() == "CONSUMER"
    modern.consumer.close()
    until(lambda: shares(classic), lambda seen: is_fair(seen, 4), "the classic member has all again")
    assert group_type() == "CLASSIC"
    sent = produce(broker, kafka_group, 8)
    until(lambda: set(classic.received()), lambda seen: seen == sent, "all records")
    classic.consumer.close()


def test_the_admin_client_describes_the_group_and_resets_its_offsets(broker: KafkaBroker, kafka_group: str) -> None:
    broker.create_topic(kafka_group, partitions=4)
    member = Member(broker, kafka_group, kafka_group)
    until(member.partitions, lambda seen: seen == {0, 1, 2, 3}, "all partitions")
    admin = AdminClient({"bootstrap.servers": broker.bootstrap_servers})
    described = admin.describe_consumer_groups([kafka_group])[kafka_group].result()
    assert described.state == ConsumerGroupState.STABLE
    assert [len(one.assignment.topic_partitions) for one in described.members] == [4]
    member.consumer.close()
    offsets = [confluent_kafka.TopicPartition(kafka_group, 0, 0)]
    altered = admin.alter_consumer_group_offsets([ConsumerGroupTopicPartitions(kafka_group, offsets)])
    altered[kafka_group].result()
    admin.delete_consumer_groups([kafka_group])[kafka_group].result()


def test_offsets_are_committed_with_a_transaction(broker: KafkaBroker, kafka_group: str) -> None:
    broker.create_topic(kafka_group, partitions=4)
    broker.produce(kafka_group, b"in")
    member = Member(broker, kafka_group, kafka_group)
    until(member.received, bool, "the record")
    producer = Producer({"bootstrap.servers": broker.bootstrap_servers, "transactional.id": kafka_group})
    producer.init_transactions()
    producer.begin_transaction()
    positions = member.consumer.position(member.consumer.assignment())
    known = [position for position in positions if position.offset >= 0]
    producer.send_offsets_to_transaction(known, member.consumer.consumer_group_metadata())
    producer.commit_transaction()
    committed = member.consumer.committed([confluent_kafka.TopicPartition(kafka_group, 0)])
    assert committed[0].offset == 1
    member.consumer.close()
