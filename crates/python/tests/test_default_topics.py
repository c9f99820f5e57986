"""The eight default topics exist for those who ask for them."""

from __future__ import annotations

from conftest import Project

from kafka_trial import KafkaBroker, KafkaTestConfig

OWN = """\
def test_own(kafka_producer, kafka_consumer, kafka_topic, kafka_events, kafka_broker, kafka_connectivity_check):
    names = names_on(kafka_broker.bootstrap_servers)
    assert names == {kafka_topic}, names
"""
HEAD = """\
import kafka
from kafka_trial import KafkaTestConfig

def names_on(servers):
    admin = kafka.KafkaAdminClient(bootstrap_servers=servers)
    try:
        return set(admin.list_topics())
    finally:
        admin.close()

"""


def test_a_run_that_does_not_ask_for_them_has_none(project: Project) -> None:
    project.write("test_own.py", HEAD + OWN)
    run = project.pytest("-q")
    assert run.counts == {"passed": 1}, run.output


def test_a_cluster_of_somebody_else_is_left_alone(project: Project) -> None:
    project.write("test_own.py", HEAD + OWN)
    with KafkaBroker.start() as cluster:
        run = project.pytest("-q", TEST_KAFKA_BOOTSTRAP_SERVERS=cluster.bootstrap_servers)
    assert run.counts == {"passed": 1}, run.output


def test_reading_default_topics_makes_them_exist_with_three_partitions(project: Project) -> None:
    project.write(
        "test_topics.py",
        HEAD + "def test_before(kafka_broker):\n"
        "    assert names_on(kafka_broker.bootstrap_servers) == set()\n"
        "def test_asked(kafka_broker, kafka_producer):\n"
        "    topic = KafkaTestConfig.DEFAULT_TOPICS['validation_request']\n"
        "    assert len(names_on(kafka_broker.bootstrap_servers)) == 8\n"
        "    assert len(kafka_producer.partitions_for(topic)) == 3\n",
    )
    run = project.pytest("-q")
    assert run.counts == {"passed": 2}, run.output


def test_asking_before_the_broker_starts_is_asking_too(project: Project) -> None:
    project.write(
        "test_topics.py",
        HEAD + "TOPICS = KafkaTestConfig.DEFAULT_TOPICS\n"
        "def test_topics(kafka_broker):\n"
        "    assert names_on(kafka_broker.bootstrap_servers) == set(TOPICS.values())\n",
    )
    run = project.pytest("-q")
    assert run.counts == {"passed": 1}, run.output


def test_the_ini_key_has_them_from_the_start_or_never(project: Project) -> None:
    project.write("pytest.ini", "[pytest]\nkafka_trial_default_topics = true\n")
    project.write(
        "test_topics.py",
        HEAD + "def test_topics(kafka_broker):\n    assert len(names_on(kafka_broker.bootstrap_servers)) == 8\n",
    )
    run = project.pytest("-q")
    assert run.counts == {"passed": 1}, run.output
    project.write("pytest.ini", "[pytest]\nkafka_trial_default_topics = false\n")
    project.write(
        "test_topics.py", "def test_none(kafka_admin_client):\n    assert not kafka_admin_client.list_topics()\n"
    )
    run = project.pytest("-q")
    assert run.counts == {"passed": 1}, run.output


def test_a_script_without_pytest_has_the_names() -> None:
    assert KafkaTestConfig.DEFAULT_TOPICS["mixin_response"] == "omninode.codegen.response.mixin.v1"
