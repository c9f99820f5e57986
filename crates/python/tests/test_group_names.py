"""One rule for the names of groups: a name is put behind the prefix, unless it begins with it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from conftest import Project
from waiting import until

from kafka_trial import KafkaBroker, KafkaTestConfig


def test_a_group_id_is_prefixed_once() -> None:
    assert KafkaTestConfig.get_group_id("billing") == "archon-intelligence-test-billing"
    assert KafkaTestConfig.get_group_id("archon-intelligence-test-billing") == "archon-intelligence-test-billing"
    assert KafkaTestConfig.get_consumer_config("my-group")["group_id"] == "archon-intelligence-test-my-group"


def test_kafka_group_is_the_group_that_kafka_consumer_joins(
    kafka_broker: KafkaBroker, kafka_consumer: Callable[..., Any], kafka_topic: str, kafka_group: str
) -> None:
    consumer = kafka_consumer(kafka_topic, kafka_group, wait_assigned=True)
    assert consumer.config["group_id"] == kafka_group
    assert kafka_broker.group(kafka_group).state == "Stable"
    assert kafka_broker.wait_group_stable(kafka_group, members=1).id == kafka_group


async def test_kafka_group_is_the_group_that_aiokafka_joins(
    kafka_broker: KafkaBroker, kafka_aio: Any, kafka_topic: str, kafka_group: str
) -> None:
    async with kafka_aio.consumer(kafka_topic, kafka_group) as consumer:
        await consumer.getmany(timeout_ms=1000)
        assert kafka_broker.group(kafka_group).state == "Stable"


def test_kafka_group_is_the_group_that_confluent_kafka_joins(
    kafka_broker: KafkaBroker, kafka_confluent: Any, kafka_topic: str, kafka_group: str
) -> None:
    consumer = kafka_confluent.consumer(kafka_topic, kafka_group)
    until(lambda: consumer.poll(0.1) or consumer.assignment(), bool, "partitions of the consumer")
    assert kafka_broker.group(kafka_group).state == "Stable"


def test_kafka_group_is_the_group_that_a_responder_joins(
    kafka_broker: KafkaBroker, kafka_responder: Any, kafka_topics: Callable[..., list[str]], kafka_group: str
) -> None:
    orders, prices = kafka_topics("orders", "prices")
    kafka_responder.on(orders, prices, group=kafka_group)
    assert kafka_broker.group(kafka_group).state == "Stable"


def test_a_group_is_found_by_the_name_that_kafka_consumer_was_given(
    kafka_broker: KafkaBroker, kafka_consumer: Callable[..., Any], kafka_topic: str
) -> None:
    kafka_consumer(kafka_topic, "found-by-name", wait_assigned=True)
    assert kafka_broker.group("found-by-name").id == "archon-intelligence-test-found-by-name"
    assert kafka_broker.wait_group_stable("found-by-name", members=1).state == "Stable"
    with pytest.raises(TimeoutError):
        kafka_broker.wait_group_stable("no-such-group", timeout_seconds=0.1)


def test_a_group_of_a_service_wins_over_the_one_behind_the_prefix(
    kafka_broker: KafkaBroker, kafka_consumer: Callable[..., Any], kafka_topic: str
) -> None:
    kafka_consumer(kafka_topic, "shared-name", wait_assigned=True)
    kafka_consumer(kafka_topic, group_id="shared-name", wait_assigned=True)
    assert kafka_broker.group("shared-name").id == "shared-name"


@pytest.mark.parametrize(
    ("ini", "variables", "prefix"),
    [
        ("kafka_trial_group_prefix = mine", {}, "mine-"),
        ("kafka_trial_group_prefix =", {}, ""),
        ("kafka_trial_group_prefix = mine", {"KAFKA_TRIAL_GROUP_PREFIX": "yours"}, "yours-"),
        ("", {}, "archon-intelligence-test-"),
    ],
)
def test_the_prefix_is_a_setting(project: Project, ini: str, variables: dict[str, str], prefix: str) -> None:
    project.write("pytest.ini", f"[pytest]\n{ini}\n")
    project.write(
        "test_prefix.py",
        "from kafka_trial import KafkaTestConfig\n"
        "def test_prefix(kafka_group, kafka_consumer, kafka_topic):\n"
        f"    assert kafka_group.startswith({prefix!r} + 'test-prefix')\n"
        f"    assert KafkaTestConfig.get_group_id('g') == {prefix!r} + 'g'\n"
        f"    assert kafka_consumer(kafka_topic, 'g').config['group_id'] == {prefix!r} + 'g'\n",
    )
    run = project.pytest("-q", **variables)
    assert run.counts == {"passed": 1}, run.output
