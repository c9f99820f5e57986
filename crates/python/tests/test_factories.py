"""Fixtures of further Kafkas, beside the one of the run."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import Project

from kafka_trial import KafkaBroker, TopicFactory, consume_response, factories, publish_test_event

billing_kafka = factories.kafka_embedded(topics=["invoices"])
billing_producer = factories.kafka_producer("billing_kafka", client_id="billing")
billing_consumer = factories.kafka_consumer("billing_kafka")
short_lived_kafka = factories.kafka_embedded(scope="function", brokers=2)


async def test_clients_of_a_factory_are_on_its_kafka(
    billing_kafka: KafkaBroker,
    billing_producer: Any,
    billing_consumer: Callable[..., Any],
    short_lived_kafka: KafkaBroker,
    kafka_broker: KafkaBroker,
) -> None:
    servers = {kafka.bootstrap_servers for kafka in (billing_kafka, short_lived_kafka, kafka_broker)}
    assert len(servers) == 3 and short_lived_kafka.bootstrap_servers.count(",") == 1
    consumer = billing_consumer("invoices")
    await publish_test_event(billing_producer, "invoices", {"invoice": 7}, "id-7")
    event = await consume_response(consumer, "id-7")
    assert event is not None and event["invoice"] == 7
    clients = [entry.client_id for entry in billing_kafka.journal().entries(api="Produce")]
    assert clients == ["billing"]


def test_a_cluster_of_others_that_is_down_skips_its_tests_or_fails_them(project: Project) -> None:
    project.write(
        "test_external.py",
        "from kafka_trial import factories\n"
        "staging = factories.kafka_external('127.0.0.1:1')\n"
        "def test_staging(staging):\n    pass\n"
        "def test_other(kafka_topic):\n    pass\n",
    )
    run = project.pytest("-q", "-rs")
    assert run.counts == {"skipped": 1, "passed": 1}, run.output
    assert "Kafka not available at 127.0.0.1:1 (kafka_external): connection refused" in run.output, run.output
    assert project.pytest("-q", "--kafka-trial-require").counts == {"error": 1, "passed": 1}
    assert project.pytest("-q", "-m", "not kafka").counts == {"deselected": 2}


def test_topics_of_a_module_outlive_its_tests_and_are_gone_afterwards(project: Project) -> None:
    project.write(
        "test_a.py",
        """\
from kafka_trial import factories

orders = factories.kafka_topic(partitions=3, scope="module", cleanup_policy="compact")
audits = factories.kafka_topics(scope="class")
producer = factories.kafka_producer(scope="module", client_id="module")
consumers = factories.kafka_consumer(scope="session", auto_offset_reset="latest")
seen = []

class TestOrders:
    def test_first(self, orders, audits, producer, consumers):
        seen.append((orders, audits("audit")[0], producer, consumers))
        assert producer.partitions_for(orders) == {0, 1, 2}

    def test_second(self, orders, audits, producer, consumers, kafka_admin_client):
        assert (orders, producer, consumers) == (seen[0][0], *seen[0][2:])
        assert seen[0][1] in kafka_admin_client.list_topics()

def test_after_the_class(kafka_admin_client, orders):
    assert orders in kafka_admin_client.list_topics() and seen[0][1] not in kafka_admin_client.list_topics()
""",
    )
    project.write("test_b.py", "def test_b(kafka_admin_client):\n    assert not kafka_admin_client.list_topics()\n")
    ini = "[pytest]\nkafka_trial_default_topics = false\nasyncio_default_fixture_loop_scope = function\n"
    project.write("pytest.ini", ini)
    run = project.pytest("-q", "-W", "error")
    assert run.counts == {"passed": 4}, run.output


SEEDED = """\
import pytest
from kafka_trial import factories

def seed(broker):
    broker.create_topic("orders", partitions=2)
    broker.produce("orders", {"id": 1}, key="one")

shop = factories.kafka_embedded(load=[seed, "records"], scope="module")

def test_it_is_filled_once(shop):
    assert [record.value for record in shop.records("orders")] == [b'{"id":1}']
    stock = shop.records("stock")
    assert [(record.key, record.value) for record in stock] == [(b"7", b'{"pieces":3}'), (b"7", None), (None, b"text")]
    assert stock[0].headers == [("source", b"shop")]
    shop.produce("orders", {"id": 2}, partition=0)

def test_it_is_not_filled_again(shop):
    assert len(shop.records("orders")) == 2

@pytest.mark.kafka_broker(load=[seed, "records"])
def test_a_marker_fills_too(kafka_broker):
    assert len(kafka_broker.records("orders")) == 1 and len(kafka_broker.records("stock")) == 3
"""


def test_a_broker_is_filled_by_a_function_and_from_a_folder(project: Project) -> None:
    project.write("tests/test_seeded.py", SEEDED)
    stock = [
        '{"key": "7", "value": {"pieces": 3}, "headers": {"source": "shop"}}',
        "",
        '{"key": "7", "value": null}',
        '{"value": "text"}',
    ]
    project.write("tests/records/stock.jsonl", "\n".join(stock))
    run = project.pytest("-q")
    assert run.counts == {"passed": 3}, run.output


def test_a_wrong_line_of_a_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / "orders.jsonl").write_text('{"value": 1}\n{"valeu": 2}\n')
    with pytest.raises(ValueError, match=r"orders.jsonl:2: expected a record like"):
        KafkaBroker.start(load=tmp_path)


def test_topics_have_configs_from_the_start() -> None:
    topics = {"orders": {"partitions": 3, "cleanup.policy": "compact"}, "audit": 2}
    with KafkaBroker.start(topics=topics) as broker:
        broker.produce("orders", "old", key="a", partition=0)
        broker.produce("orders", "new", key="a", partition=0)
        broker.compact("orders")
        assert [record.value for record in broker.records("orders", 0)] == [b"new"]
        assert broker.records("orders", 2) == broker.records("audit", 1) == []


def test_names_asked_for_together_keep_their_relation(kafka_topics: TopicFactory) -> None:
    created, letters, other = kafka_topics("created", "created.dlq", "invoices_paid")
    assert letters == f"{created}.dlq" and other.startswith("invoices-paid-")
    assert other.rpartition("-")[2] == created.rpartition("-")[2]


@pytest.mark.kafka_broker(brokers=3, config={"default.replication.factor": "3"})
def test_topics_have_as_many_replicas_as_the_broker_says(kafka_topic: str, kafka_admin_client: Any) -> None:
    (described,) = kafka_admin_client.describe_topics([kafka_topic])
    assert len(described["partitions"][0]["replica_nodes"]) == 3


@pytest.mark.kafka_broker(brokers=3)
@pytest.mark.kafka_topic(partitions=2, replication_factor=2, configs={"retention.ms": "1000"})
def test_a_marker_takes_what_the_factory_takes(kafka_topic: str, kafka_admin_client: Any) -> None:
    (described,) = kafka_admin_client.describe_topics([kafka_topic])
    assert [len(partition["replica_nodes"]) for partition in described["partitions"]] == [2, 2]


def test_the_options_of_a_broker_are_typed_as_start_takes_them() -> None:
    from kafka_trial._broker import BrokerOptions

    assert list(BrokerOptions.__annotations__) == list(inspect.signature(KafkaBroker.start).parameters)
