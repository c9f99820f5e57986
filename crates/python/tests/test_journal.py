"""The journal: its fixture, what its entries say, and the section of a failed test's report."""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import Any

import pytest
from conftest import Project

from kafka_trial import Journal, KafkaBroker, publish_test_event


async def test_what_a_test_does_is_there_with_its_offsets(
    kafka_journal: Journal, kafka_producer: Any, kafka_consumer: Callable[..., Any], kafka_topic: str, kafka_group: str
) -> None:
    consumer = kafka_consumer(kafka_topic, kafka_group, wait_assigned=True)
    for number in range(3):
        await publish_test_event(kafka_producer, kafka_topic, {"number": number}, f"id-{number}")
    while len(consumer.poll(timeout_ms=5000)) == 0:
        pass
    consumer.commit()

    produced = kafka_journal.entries(api="Produce", topic=kafka_topic)
    assert [entry.partitions[0].first for entry in produced] == [0, 1, 2]
    assert produced[0].partitions[0].producer_id is not None and produced[0].error is None
    fetched = kafka_journal.wait_for(
        lambda entry: any(part.first == 0 for part in entry.partitions), api="Fetch", topic=kafka_topic
    )
    committed = kafka_journal.wait_for(api="OffsetCommit", topic=kafka_topic)
    assert committed.partitions[0].topic == kafka_topic
    assert committed.group is not None and committed.group.endswith(kafka_group)
    joined = kafka_journal.entries(api="JoinGroup", group=committed.group)[-1]
    # The fetch has no member in it; its client id is the member's.
    assert (committed.member, committed.generation) == (joined.member, joined.generation)
    assert fetched.client_id == joined.client_id and fetched.duration_ms >= 0
    assert [entry.number for entry in kafka_journal.entries()] == sorted(e.number for e in kafka_journal.entries())
    assert kafka_journal.dropped == 0


def test_the_window_opens_with_the_test(kafka_journal: Journal, kafka_broker: KafkaBroker, kafka_topic: str) -> None:
    kafka_broker.produce(kafka_topic, {"id": 1})
    later = kafka_journal.from_now()
    assert kafka_journal.entries(api="Produce") and not later.entries(api="Produce")


def test_a_wait_in_vain_shows_what_was_asked_instead(
    kafka_journal: Journal, kafka_broker: KafkaBroker, kafka_topic: str
) -> None:
    kafka_broker.produce(kafka_topic, {"id": 1})
    with pytest.raises(AssertionError) as told:
        kafka_journal.wait_for(api="Produce", topic="invoices", timeout_seconds=0.05)
    assert "no Produce of topic invoices within 0.05 s" in str(told.value)
    nearest = str(told.value).splitlines()[1]
    assert f"Produce {kafka_topic}-0: 0" in nearest, told.value
    assert nearest.endswith(f": its topic is {kafka_topic}, not invoices")


def test_a_name_that_kafka_does_not_have_is_refused_at_once(kafka_journal: Journal) -> None:
    with pytest.raises(ValueError, match='Kafka has no API "Prodcue"; Produce is near'):
        kafka_journal.entries(api="Prodcue")
    with pytest.raises(ValueError, match='Kafka has no error "NOT_LEADER"; NOT_LEADER_OR_FOLLOWER is near'):
        kafka_journal.wait_for(error="NOT_LEADER")


def test_errors_are_found(kafka_journal: Journal, kafka_broker: KafkaBroker, kafka_topic: str) -> None:
    with pytest.raises(Exception, match="partition|leader"):
        kafka_broker.produce(kafka_topic, {"id": 1}, partition=7, timeout_seconds=1.0)
    kafka_broker.produce(kafka_topic, {"id": 1})
    assert all(entry.error for entry in kafka_journal.entries(errors=True))


FAILING = """\
def test_fails(kafka_broker, kafka_topic):
    kafka_broker.produce(kafka_topic, {"id": 7})
    assert False

def test_passes(kafka_broker, kafka_topic):
    kafka_broker.produce(kafka_topic, {"id": 8})
"""


def test_a_failed_test_shows_the_last_requests(project: Project) -> None:
    project.write("test_orders.py", FAILING)
    run = project.pytest("-q", "-rP")
    assert run.counts == {"failed": 1, "passed": 1}
    assert run.output.count("kafka journal") == 1, run.output
    assert "Produce test-fails-" in run.output
    assert "kafka journal" not in project.pytest("-q", KAFKA_TRIAL_JOURNAL="never").output
    run = project.pytest("-q", "-rP", "--kafka-trial-journal", "always")
    assert run.output.count("kafka journal") == 2 and "Produce test-passes-" in run.output, run.output


def test_a_setting_that_is_none_is_refused(project: Project) -> None:
    run = project.pytest(KAFKA_TRIAL_JOURNAL="sometimes")
    assert run.status == 4 and "KAFKA_TRIAL_JOURNAL=sometimes: expected failed, always or never" in run.output


def test_a_real_cluster_has_no_journal(project: Project) -> None:
    project.write("test_orders.py", "def test_orders(kafka_journal):\n    pass\n")
    with KafkaBroker.start() as broker:
        run = project.pytest("-q", "-rs", TEST_KAFKA_BOOTSTRAP_SERVERS=broker.bootstrap_servers)
    assert run.counts == {"skipped": 1} and "kafka_journal needs an embedded broker" in run.output, run.output


def test_the_report_of_a_failed_test_leaves_out_what_its_own_waits_have_asked(project: Project) -> None:
    project.write(
        "test_group.py",
        "def test_group(kafka_broker, kafka_topic):\n"
        "    kafka_broker.produce(kafka_topic, {})\n"
        "    kafka_broker.wait_caught_up('billing', kafka_topic, timeout_seconds=0.3)\n",
    )
    run = project.pytest("-q")
    section = run.output.partition("- kafka journal -")[2]
    assert "kafka-trial Produce test-group-" in section, run.output
    assert "FindCoordinator" not in section and "DescribeGroups" not in section, run.output


def test_a_connection_that_the_broker_closed_is_shown_with_the_reason() -> None:
    with KafkaBroker.start() as broker:
        host, port = broker.bootstrap_servers.rsplit(":", 1)
        with socket.create_connection((host, int(port)), timeout=10) as connection:
            connection.sendall(b"\xff" * 4)
            assert connection.recv(1) == b""
        (line,) = broker.journal().last_requests(0)
        assert "broker 0 closed connection 0: a frame announced -1 bytes" in line
