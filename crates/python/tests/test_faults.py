"""Faults: what they do to clients, and the test that fails because its fault never acted."""

from __future__ import annotations

import json
from typing import Any

import pytest
from conftest import Project

from kafka_trial import Faults, KafkaBroker


def test_a_producer_survives_a_storm_of_moved_leaders(
    kafka_faults: Faults, kafka_producer: Any, kafka_topic: str, kafka_broker: KafkaBroker
) -> None:
    storm = kafka_faults("Produce", topic=kafka_topic, times=2, reject="NOT_LEADER_OR_FOLLOWER")
    kafka_producer.send(kafka_topic, {"id": 7}).get(timeout=10)
    assert [(one.api, one.broker) for one in storm.fired] == [("Produce", 0)] * 2
    assert len(kafka_broker.records(kafka_topic)) == 1


def test_a_request_is_held_until_it_is_released(
    kafka_faults: Faults, kafka_producer: Any, kafka_topic: str, kafka_broker: KafkaBroker
) -> None:
    with kafka_faults("Produce", topic=kafka_topic, first=True, hold="gate") as gate:
        sent = kafka_producer.send(kafka_topic, {"id": 7})
        gate.wait_held()
        assert kafka_broker.records(kafka_topic) == [] and not sent.is_done
        assert gate.release() == 1
        assert sent.get(timeout=10).offset == 0
        gate.wait_fired(1)


async def test_waits_have_twins_that_leave_the_loop_free(kafka_faults: Faults) -> None:
    fault = kafka_faults("Metadata", delay_answer_ms=1, must_fire=False)
    with pytest.raises(AssertionError, match="acted on 0 of 1 requests within 0.0 s"):
        await fault.await_fired(1, timeout_seconds=0.0)
    with pytest.raises(ValueError, match="holds nothing"):
        await fault.await_held(0.0)


IDLE = """\
def test_it(kafka_faults, kafka_broker):
    kafka_faults("Produce", topic="payments", reject="NOT_LEADER_OR_FOLLOWER", name="moved")
    kafka_broker.produce("orders", {"id": 7})

def test_it_may(kafka_faults, kafka_broker):
    kafka_faults("Produce", topic="payments", cut="before", must_fire=False)

def test_its_own_failure_comes_first(kafka_faults):
    kafka_faults("Fetch", swallow=True)
    assert 1 + 1 == 3
"""


def test_a_test_whose_fault_never_acts_fails_with_the_nearest_requests(project: Project) -> None:
    project.write("test_it.py", IDLE)
    run = project.pytest()
    assert run.counts == {"failed": 2, "passed": 1}, run.output
    output = run.output
    assert 'the fault "moved" (reject with NOT_LEADER_OR_FOLLOWER) has never acted' in output
    assert "Produce of orders by kafka-trial: its topic is orders, not payments" in output
    assert 'the fault "Fetch swallow 1"' not in output


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({}, "a fault has one action, not none"),
        ({"reject": "NOT_LEADER_OR_FOLLOWER", "swallow": True}, "a fault has one action, not reject and swallow"),
        ({"swallow": True, "every": 2, "nth": 3}, "nth and every exclude each other"),
        ({"reject": "NOT_LEADER"}, 'Kafka has no error "NOT_LEADER"; NOT_LEADER_OR_FOLLOWER is near'),
        ({"cut": "now"}, 'expected "accept", "before", "after_apply" or {"mid_reply": bytes}'),
        ({"do": "swalow"}, "swallow is near"),
        ({"do": {"corrupt": "crc"}}, "corrupt the checksum of fetched records is for Fetch, not for Produce"),
        ({"preset": "not_leader"}, 'there is no preset "not_leader"; not_leader_storm is near'),
        ({"swallow": True, "when": {"between": ["7s", "5s"]}}, "the second must be later"),
        ({"swallow": True, "probability": 1.5}, "the probability 1.5 is not above 0 and at most 1"),
        ({"swallow": "yes"}, "swallow='yes': expected True or False"),
    ],
)
def test_a_fault_that_means_nothing_is_refused(kafka_faults: Faults, arguments: dict[str, Any], error: str) -> None:
    with pytest.raises((TypeError, ValueError)) as refused:
        kafka_faults("Produce", **arguments)
    assert error in str(refused.value), json.dumps(str(refused.value))


RULES = """\
faults:
  - id: moved
    match: {api: Produce, topic: "orders*"}
    when: first
    do: {preset: not_leader_storm}
"""

IN_FILES = """\
import pytest

@pytest.mark.kafka_faults("faults/moved.yaml")
def test_it(kafka_producer, kafka_broker):
    kafka_producer.send("orders", {"id": 7}).get(timeout=10)
    assert len(kafka_broker.records("orders")) == 1

@pytest.mark.kafka_faults("faults/moved.yaml")
def test_it_does_nothing():
    pass

@pytest.mark.kafka_faults("faults/wrong.yaml")
def test_it_is_wrong():
    pass
"""


def test_a_marker_arms_the_rules_of_a_file(project: Project) -> None:
    project.write("test_it.py", IN_FILES)
    project.write("faults/moved.yaml", RULES)
    project.write("faults/wrong.yaml", RULES.replace("Produce", "Prodcue"))
    run = project.pytest("-m", "kafka")
    assert run.counts == {"failed": 2, "passed": 1}, run.output
    assert 'the fault "moved" (reject with NOT_LEADER_OR_FOLLOWER) has never acted' in run.output
    assert 'wrong.yaml:3: fault "moved": Kafka has no API "Prodcue"; Produce is near' in run.output


OF_RUN = """\
def test_one(kafka_producer):
    kafka_producer.send("orders", {"id": 7}).get(timeout=10)

def test_other(kafka_broker):
    pass

def test_without_kafka():
    pass
"""


def test_a_file_of_the_run_has_to_fire_in_one_test(project: Project) -> None:
    project.write("test_it.py", OF_RUN)
    project.write("moved.yaml", RULES)
    project.write("idle.yaml", RULES.replace("orders*", "payments"))
    run = project.pytest("--kafka-trial-faults", "moved.yaml")
    assert (run.counts, run.status) == ({"passed": 3}, 0), run.output
    run = project.pytest("--kafka-trial-faults", "idle.yaml")
    assert (run.counts, run.status) == ({"passed": 3}, 1), run.output
    assert "kafka-trial: idle.yaml: moved never fired in any test" in run.output


def test_presets_and_actions_of_files_are_arguments_too(
    kafka_faults: Faults, kafka_producer: Any, kafka_topic: str, kafka_broker: KafkaBroker
) -> None:
    with kafka_faults(["Produce", "Fetch"], topic=kafka_topic, preset="not_leader_storm", when={"times": 2}) as storm:
        kafka_producer.send(kafka_topic, {"id": 7}).get(timeout=10)
        assert len(storm.fired) == 2
    with kafka_faults(
        "Produce", topic=kafka_topic, do={"cut": "before"}, where={"/detail/produce/acks": 7}, limit=1
    ) as cut:
        kafka_producer.send(kafka_topic, {"id": 8}).get(timeout=10)
        assert cut.fired == []
        with pytest.raises(AssertionError, match="not its /detail/produce/acks is 7"):
            cut.end()
    assert len(kafka_broker.records(kafka_topic)) == 2


def test_a_member_expires_and_a_transaction_times_out_without_a_clock(kafka_broker: KafkaBroker) -> None:
    with pytest.raises(Exception, match="group billing does not exist"):
        kafka_broker.expire_members("billing")
    with pytest.raises(Exception, match="transactional id shop does not exist"):
        kafka_broker.time_out_transaction("shop")


def test_a_real_cluster_has_no_faults(project: Project) -> None:
    project.write("test_it.py", "def test_it(kafka_faults):\n    pass\n")
    with KafkaBroker.start() as broker:
        run = project.pytest("-q", "-rs", TEST_KAFKA_BOOTSTRAP_SERVERS=broker.bootstrap_servers)
    assert run.counts == {"skipped": 1} and "kafka_faults needs an embedded broker" in run.output, run.output
