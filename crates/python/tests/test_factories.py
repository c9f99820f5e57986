"""Fixtures of further Kafkas, beside the one of the run."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from conftest import Project

from kafka_trial import KafkaBroker, consume_response, factories, publish_test_event

billing_kafka = factories.kafka_embedded(topics=["invoices"])
billing_producer = factories.kafka_producer_fixture("billing_kafka", client_id="billing")
billing_consumer = factories.kafka_consumer_fixture("billing_kafka")
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
