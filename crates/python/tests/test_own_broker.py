"""Tests that have a broker to themselves: the marker ``kafka_broker`` and ``--kafka-trial-isolation test``."""

from __future__ import annotations

import pytest
from conftest import Project

MARKED = """\
import pytest
from kafka_trial import KafkaTestConfig

def test_before(kafka_admin_client, kafka_broker, kafka_topic, shared, seeded):
    shared.append((kafka_broker, kafka_admin_client))

@pytest.mark.kafka_broker(brokers=3, config={"num.partitions": "7"}, topics={"orders": 2})
def test_own(kafka_admin_client, kafka_bootstrap_servers, kafka_broker, kafka_producer, kafka_consumer, shared):
    assert kafka_broker is not shared[0][0] and kafka_admin_client is not shared[0][1]
    assert kafka_bootstrap_servers.count(",") == 2
    assert KafkaTestConfig.BOOTSTRAP_SERVERS == kafka_bootstrap_servers
    assert kafka_admin_client.list_topics().count("orders") == 1
    assert set(KafkaTestConfig.DEFAULT_TOPICS.values()) < set(kafka_admin_client.list_topics())
    kafka_producer.send("made-by-the-way", value={"id": 7})
    kafka_producer.flush()
    assert [record.value for record in kafka_broker.records("made-by-the-way")] == [b'{"id":7}']
    shared.append(kafka_broker)

@pytest.fixture
def service(kafka_bootstrap_servers, kafka_broker):
    assert kafka_bootstrap_servers == kafka_broker.bootstrap_servers
    yield kafka_bootstrap_servers

@pytest.fixture
async def async_service(kafka_bootstrap_servers):
    return kafka_bootstrap_servers

@pytest.mark.kafka_broker(topics=["orders"])
async def test_own_in_fixtures_of_the_project(service, async_service, kafka_broker, seeded, shared):
    assert service == async_service == kafka_broker.bootstrap_servers != shared[0][0].bootstrap_servers
    assert seeded == shared[0][0].bootstrap_servers

@pytest.mark.kafka_broker
def test_own_without_fixtures(shared):
    assert "," not in KafkaTestConfig.BOOTSTRAP_SERVERS
    assert KafkaTestConfig.BOOTSTRAP_SERVERS != shared[0][0].bootstrap_servers

def test_after(kafka_admin_client, kafka_broker, kafka_topic, shared):
    assert kafka_broker is shared[0][0] and kafka_admin_client is shared[0][1]
    assert kafka_topic in kafka_admin_client.list_topics()
    assert "orders" not in kafka_admin_client.list_topics()
    with pytest.raises(Exception, match="has stopped"):
        shared[1].records("orders")
"""
SHARED = """\
import pytest

@pytest.fixture(scope="session")
def shared():
    return []

times = 0

@pytest.fixture(scope="session")
def seeded(kafka_bootstrap_servers):
    global times
    times += 1
    assert times == 1
    return kafka_bootstrap_servers
"""


def test_a_marked_test_has_a_broker_to_itself_and_the_others_have_theirs_back(project: Project) -> None:
    project.write("pytest.ini", "[pytest]\nasyncio_mode = auto\nasyncio_default_fixture_loop_scope = function\n")
    project.write("conftest.py", SHARED)
    project.write("test_marked.py", MARKED)
    run = project.pytest("-q", "--strict-markers", "-W", "error")
    assert run.counts == {"passed": 5}, run.output
    run = project.pytest("-q", "-m", "not kafka")
    assert run.counts == {"deselected": 5}, run.output


def test_with_isolation_by_test_no_test_sees_the_topics_of_another(project: Project) -> None:
    project.write(
        "test_isolated.py",
        """\
import pytest

@pytest.mark.parametrize("number", range(3))
def test_isolated(number, kafka_producer, kafka_broker, kafka_admin_client):
    assert "orders" not in kafka_admin_client.list_topics()
    kafka_producer.send("orders", value={"number": number})
    kafka_producer.flush()
    assert len(kafka_broker.records("orders")) == 1
""",
    )
    run = project.pytest("-q", "--kafka-trial-isolation", "test")
    assert run.counts == {"passed": 3}, run.output
    run = project.pytest("-q", KAFKA_TRIAL_ISOLATION="test")
    assert run.counts == {"passed": 3}, run.output
    run = project.pytest("-q", KAFKA_TRIAL_ISOLATION="tests")
    assert run.status == 4 and "KAFKA_TRIAL_ISOLATION=tests: expected none, worker or test" in run.output, run.output


def test_the_reference_service_answers_on_a_broker_of_a_test_too(project: Project) -> None:
    project.write("pytest.ini", "[pytest]\nkafka_trial_codegen_handlers = true\n")
    project.write(
        "test_flow.py",
        """\
import pytest
from kafka_trial import track_event_flow

def ask(producer, topics, number):
    request, response = topics["mixin_request"], topics["mixin_response"]
    producer.send(request, value={"correlation_id": number, "payload": {"requirements": "retry"}})
    producer.flush()
    assert track_event_flow(number, request, response, timeout_seconds=10)["response_found"]

def test_shared(kafka_producer, kafka_test_topics):
    ask(kafka_producer, kafka_test_topics, "1")

@pytest.mark.kafka_broker
def test_own(kafka_producer, kafka_test_topics):
    ask(kafka_producer, kafka_test_topics, "2")

def test_shared_again(kafka_producer, kafka_test_topics):
    ask(kafka_producer, kafka_test_topics, "3")
""",
    )
    run = project.pytest("-q")
    assert run.counts == {"passed": 3}, run.output


def test_a_cluster_of_others_cannot_be_had_alone(project: Project) -> None:
    project.write("conftest.py", SHARED)
    project.write("test_marked.py", MARKED)
    run = project.pytest("-q", "-rs", "-k", "own", TEST_KAFKA_BOOTSTRAP_SERVERS="127.0.0.1:1")
    assert run.counts == {"skipped": 3, "deselected": 2}, run.output
    reason = "kafka_broker(...) needs an embedded broker; TEST_KAFKA_BOOTSTRAP_SERVERS names 127.0.0.1:1"
    assert reason in run.output, run.output


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("3", "@pytest.mark.kafka_broker(brokers=3): 3 is not one of its keywords: brokers, host"),
        ("broker=3", "broker is not one of its keywords: brokers, host"),
        ("config={'num.partitions': 'many'}", "num.partitions"),
        ("topics='orders'", "write topics=['orders']"),
        ("topics={'orders': 'many'}", "topics['orders'] is a str; expected a number of partitions, or a dict like"),
        ("topics={'orders': {'partitions': '3'}}", "topics['orders'] partitions='3': expected a number from 1 on"),
        ("topics={'orders': {'cleanup.polcy': 'compact'}}", "cleanup.polcy"),
        ("load=7", "load has an int; expected a function that takes the broker, or a folder"),
        ("load='absent'", "absent: no file TOPIC.jsonl is there"),
    ],
)
def test_a_misused_marker_is_told(project: Project, arguments: str, message: str) -> None:
    project.write(
        "test_marker.py",
        f"import pytest\n@pytest.mark.kafka_broker({arguments})\ndef test_it(kafka_broker):\n    pass\n\n"
        "def test_next(kafka_broker, kafka_topic):\n    assert kafka_broker.records(kafka_topic) == []\n",
    )
    run = project.pytest("-q")
    assert run.counts == {"error": 1, "passed": 1} and message in run.output, run.output
