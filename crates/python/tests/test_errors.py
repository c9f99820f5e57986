"""The errors of the package form a tree that a test can catch, and say what they are about."""

from __future__ import annotations

import pickle
from typing import Any

import pytest

import kafka_trial
from kafka_trial import (
    CannotListen,
    Invalid,
    KafkaBroker,
    KafkaTrialError,
    Refused,
    TimedOut,
    Unreachable,
    create_test_topics,
    publish_test_event,
    track_event_flow,
    verify_kafka_connectivity,
)

NOWHERE = "127.0.0.1:1"


def test_the_tree_is_one_and_its_branches_are_errors_of_python() -> None:
    for branch, base in (
        (Unreachable, ConnectionError),
        (TimedOut, TimeoutError),
        (Refused, Exception),
        (Invalid, ValueError),
        (CannotListen, OSError),
    ):
        assert issubclass(branch, KafkaTrialError) and issubclass(branch, base)


def test_what_the_cluster_refuses_has_kafkas_code_the_api_and_the_topic() -> None:
    with KafkaBroker.start() as broker, pytest.raises(Refused) as refused:
        create_test_topics(["no/name"], bootstrap_servers=broker.bootstrap_servers)
    error = refused.value
    assert (error.code, error.api, error.subject) == ("INVALID_TOPIC_EXCEPTION", "CreateTopics", "no/name")


def test_what_the_embedded_broker_refuses_has_them_too() -> None:
    with KafkaBroker.start(topics={"orders": 1}) as broker:
        with pytest.raises(Refused, match="topic orders exists already") as refused:
            broker.create_topic("orders")
        assert (refused.value.code, refused.value.subject) == ("TOPIC_ALREADY_EXISTS", "orders")
        with pytest.raises(Refused) as refused:
            broker.records("orders", partition=7)
        assert (refused.value.code, refused.value.subject) == ("UNKNOWN_TOPIC_OR_PARTITION", "orders-7")


def test_an_address_where_nothing_listens_is_unreachable() -> None:
    with pytest.raises(Unreachable) as unreachable:
        track_event_flow("id", "requests", "responses", bootstrap_servers=NOWHERE)
    assert unreachable.value.subject == NOWHERE


def test_an_address_that_cannot_be_is_invalid() -> None:
    with pytest.raises(Invalid, match="expected HOST:PORT") as invalid:
        verify_kafka_connectivity("broker")
    assert invalid.value.subject == "broker"


def test_a_port_that_is_taken_cannot_be_listened_on() -> None:
    with KafkaBroker.start() as broker, pytest.raises(CannotListen, match="port=0"):
        KafkaBroker.start(port=int(broker.bootstrap_servers.rpartition(":")[2]))


def test_a_group_that_does_not_settle_times_out_by_its_name() -> None:
    with KafkaBroker.start() as broker, pytest.raises(TimedOut) as late:
        broker.wait_group_stable("archon-intelligence-test-nobody", timeout_seconds=0.1)
    assert late.value.subject == "archon-intelligence-test-nobody"


async def test_what_confluent_kafka_reports_has_its_code_and_the_topic(kafka_confluent: Any) -> None:
    with KafkaBroker.start(auto_create_topics=False) as broker:
        settings = {"bootstrap.servers": broker.bootstrap_servers, "topic.metadata.propagation.max.ms": 100}
        producer = kafka_confluent.producer(**settings)
        with pytest.raises(Refused) as refused:
            await publish_test_event(producer, "absent", {})
        assert (refused.value.code, refused.value.subject) == ("UNKNOWN_TOPIC_OR_PARTITION", "absent")


def test_an_error_survives_the_way_from_a_worker() -> None:
    error = pickle.loads(pickle.dumps(Unreachable("gone", code=None, api="Produce", subject=NOWHERE)))
    assert (str(error), error.api, error.subject) == ("gone", "Produce", NOWHERE)


def test_everything_that_is_exported_exists() -> None:
    assert not [name for name in kafka_trial.__all__ if not hasattr(kafka_trial, name)]
