"""Options, sources, markers, skips, sharing, and what is left after a run."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from conftest import COMMAND, Project

from kafka_trial import KafkaBroker

ADDRESS = """\
def test_address(kafka_bootstrap_servers):
    print("address", kafka_bootstrap_servers)
"""


def test_help_names_every_option(project: Project) -> None:
    run = project.pytest("--help")
    for option in ("bootstrap", "require", "share", "brokers", "api", "isolation", "journal", "artifacts", "keep"):
        assert f"--kafka-trial-{option}" in run.output
    for key in ("default_topics", "codegen_handlers", "group_prefix"):
        assert f"kafka_trial_{key}" in run.output


def test_an_unknown_option_is_refused(project: Project) -> None:
    run = project.pytest("--kafka-trial-no-such-thing")
    assert run.status == 4 and "--kafka-trial-no-such-thing" in run.output


@pytest.mark.parametrize(
    ("arguments", "variables", "message"),
    [
        (["--kafka-trial-brokers", "0"], {}, "--kafka-trial-brokers=0: expected a number of brokers"),
        (["--kafka-trial-api", "9.9"], {}, "--kafka-trial-api=9.9: 9.9 is no release"),
        ([], {"KAFKA_TRIAL_BROKERS": "many"}, "KAFKA_TRIAL_BROKERS=many: expected a number of brokers"),
        ([], {"KAFKA_TRIAL_REQUIRE": "perhaps"}, "KAFKA_TRIAL_REQUIRE=perhaps: expected true or false"),
        ([], {"TEST_KAFKA_BOOTSTRAP_SERVERS": "broker"}, 'BOOTSTRAP_SERVERS=broker: invalid address "broker"'),
        (["--kafka-trial-bootstrap", "http://b:9092"], {}, "--kafka-trial-bootstrap=http://b:9092: "),
    ],
)
def test_a_wrong_value_is_refused_by_its_source(
    project: Project, arguments: list[str], variables: dict[str, str], message: str
) -> None:
    run = project.pytest(*arguments, **variables)
    assert run.status == 4 and message in run.output, run.output


def test_a_wrong_ini_key_is_refused_under_strict_config(project: Project) -> None:
    project.write("pytest.ini", "[pytest]\nkafka_trial_defualt_topics = true\naddopts = --strict-config\n")
    assert "kafka_trial_defualt_topics" in project.pytest().output


def test_the_option_wins_over_the_variable_and_that_over_the_ini_key(project: Project) -> None:
    project.write("test_address.py", ADDRESS)
    project.write("pytest.ini", "[pytest]\nkafka_trial_bootstrap = 127.0.0.1:3\n")
    run = project.pytest()
    assert "external, 127.0.0.1:3 (from ini kafka_trial_bootstrap)" in run.output
    run = project.pytest(TEST_KAFKA_BOOTSTRAP_SERVERS="127.0.0.1:2")
    assert "external, 127.0.0.1:2 (from TEST_KAFKA_BOOTSTRAP_SERVERS)" in run.output
    run = project.pytest("--kafka-trial-bootstrap", "127.0.0.1:1", TEST_KAFKA_BOOTSTRAP_SERVERS="127.0.0.1:2")
    assert "external, 127.0.0.1:1 (from --kafka-trial-bootstrap)" in run.output
    assert run.counts == {"skipped": 1}


def test_the_broker_starts_only_when_it_is_needed(project: Project) -> None:
    project.write(
        "test_lazy.py",
        """\
from kafka_trial import KafkaTestConfig, _run

def test_nothing_runs_before_it_is_asked_for():
    assert _run.active._broker is None
    address = KafkaTestConfig.BOOTSTRAP_SERVERS
    assert _run.active._broker.bootstrap_servers == address
""",
    )
    run = project.pytest("-q")
    assert run.counts == {"passed": 1}, run.output


def test_the_plugin_loads_nothing_heavy_and_the_package_loads_a_name_when_it_is_used(project: Project) -> None:
    script = """\
import sys, pytest
before = set(sys.modules)
import kafka_trial.plugin, kafka_trial._fixtures
new = {name.partition(".")[0] for name in set(sys.modules) - before}
assert not new & {"asyncio", "kafka", "aiokafka", "confluent_kafka"}, new
assert "kafka_trial._native" not in sys.modules
import kafka_trial
assert [name for name in kafka_trial.__all__ if not hasattr(kafka_trial, name)] == []
assert kafka_trial.kafka_utils.publish_test_event is kafka_trial.publish_test_event
assert set(kafka_trial.__all__) == set(dir(kafka_trial)) == {n for some in kafka_trial._MODULES.values() for n in some}
try:
    kafka_trial.no_such_name
except AttributeError as error:
    assert "no_such_name" in str(error)
else:
    raise AssertionError
"""
    run = project.python("-c", script)
    assert run.status == 0, run.output


def test_the_package_is_loaded_before_the_first_kafka_test_and_not_for_others(project: Project) -> None:
    project.write(
        "test_loaded.py",
        "import sys\n"
        "def loaded():\n"
        "    return 'kafka_trial._confluent' in sys.modules\n"
        "def test_plain():\n    assert not loaded()\n"
        "def test_kafka(kafka_topic):\n    assert loaded()\n",
    )
    assert project.pytest("-q", "-k", "kafka").counts == {"passed": 1, "deselected": 1}
    project.write("test_loaded.py", (project.folder / "test_loaded.py").read_text().split("def test_kafka")[0])
    run = project.pytest("-q")
    assert run.counts == {"passed": 1}, run.output


def test_tests_without_kafka_fixtures_are_not_touched(project: Project) -> None:
    project.write("test_plain.py", "def test_plain():\n    pass\n")
    project.write("test_address.py", ADDRESS)
    run = project.pytest("-m", "not kafka", "--strict-markers")
    assert run.counts == {"passed": 1, "deselected": 1}, run.output
    run = project.pytest("-q", "--kafka-trial-require", TEST_KAFKA_BOOTSTRAP_SERVERS="127.0.0.1:1")
    assert run.counts == {"passed": 1, "error": 1}, run.output


def test_a_fixture_of_the_project_wins_over_ours(project: Project) -> None:
    project.write("conftest.py", "import pytest\n@pytest.fixture\ndef kafka_producer():\n    return 'mine'\n")
    project.write("test_mine.py", "def test_mine(kafka_producer):\n    assert kafka_producer == 'mine'\n")
    run = project.pytest("-q", TEST_KAFKA_BOOTSTRAP_SERVERS="127.0.0.1:1")
    assert run.counts == {"passed": 1}, run.output


def test_the_markers_are_registered(project: Project) -> None:
    output = project.pytest("--markers").output
    for marker in ("kafka", "integration", "asyncio", "slow", "load", "kafka_topic", "kafka_broker"):
        assert f"@pytest.mark.{marker}" in output


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("3", "@pytest.mark.kafka_topic(partitions=3)"),
        ("partitions='many'", "kafka_topic partitions='many': expected a number from 1 on"),
        ("partition=3", "Unknown topic config name: partition"),
    ],
)
def test_a_misused_marker_is_told(project: Project, arguments: str, message: str) -> None:
    project.write(
        "test_marker.py",
        f"import pytest\n@pytest.mark.kafka_topic({arguments})\ndef test_topic(kafka_topic):\n    pass\n",
    )
    run = project.pytest("-q")
    assert run.counts == {"error": 1} and message in run.output, run.output


def test_an_unknown_fixture_is_told_with_those_there_are(project: Project) -> None:
    project.write("test_typo.py", "def test_typo(kafka_produce):\n    pass\n")
    output = project.pytest("-q").output
    assert "fixture 'kafka_produce' not found" in output and "kafka_producer" in output


def test_workers_have_brokers_of_their_own_unless_they_share(project: Project) -> None:
    project.write(
        "test_workers.py",
        """\
import pathlib, pytest

@pytest.mark.parametrize("number", range(8))
def test_worker(number, kafka_bootstrap_servers, worker_id, pytestconfig):
    folder = pathlib.Path(pytestconfig.rootpath, "addresses")
    folder.mkdir(exist_ok=True)
    (folder / worker_id).write_text(kafka_bootstrap_servers)
""",
    )

    def addresses(*arguments: str) -> set[str]:
        run = project.pytest("-q", "-n", "2", *arguments)
        assert run.counts == {"passed": 8}, run.output
        return {file.read_text() for file in (project.folder / "addresses").iterdir()}

    assert len(addresses("--kafka-trial-share")) == 1
    assert len(addresses()) == 2


def test_topics_of_an_external_cluster_carry_the_run(project: Project) -> None:
    project.write(
        "test_names.py", "def test_names(kafka_topic, kafka_group):\n    print('names', kafka_topic, kafka_group)\n"
    )
    embedded = project.pytest("-s", "-q").output
    with KafkaBroker.start() as broker:
        external = project.pytest("-s", "-q", TEST_KAFKA_BOOTSTRAP_SERVERS=broker.bootstrap_servers).output
    parts = [line.split()[1] for output in (embedded, external) for line in output.splitlines() if "names" in line]
    assert [part.count("-") for part in parts] == [2, 3], parts


def test_topics_without_default_topics(project: Project) -> None:
    project.write("pytest.ini", "[pytest]\nkafka_trial_default_topics = false\nkafka_trial_group_prefix = mine\n")
    project.write(
        "test_topics.py",
        """\
from kafka_trial import KafkaTestConfig

def test_topics(kafka_admin_client, kafka_topic):
    assert kafka_admin_client.list_topics() == [kafka_topic]
    assert KafkaTestConfig.get_consumer_config("g")["group_id"] == "mine-g"
""",
    )
    run = project.pytest("-q")
    assert run.counts == {"passed": 1}, run.output


def test_a_run_leaves_no_thread_and_no_socket(project: Project) -> None:
    project.write(
        "conftest.py",
        """\
import gc, os, pytest, threading
from kafka_trial import KafkaBroker

def sockets():
    paths = [f"/proc/self/fd/{fd}" for fd in os.listdir("/proc/self/fd")]
    return sum(os.readlink(path).startswith("socket:") for path in paths if os.path.lexists(path))

def pytest_configure(config):
    # What the native half opens once for the process, whatever runs there.
    KafkaBroker.start().stop()
    config.sockets = sockets()

@pytest.hookimpl(trylast=True)
def pytest_unconfigure(config):
    gc.collect()
    names = [thread.name for thread in threading.enumerate() if thread is not threading.main_thread()]
    native = [open(f"/proc/self/task/{task}/comm").read().strip() for task in os.listdir("/proc/self/task")]
    native = [name for name in native if name.startswith("kafka-trial")]
    print("left:", sockets() - config.sockets, names, native)
""",
    )
    project.write(
        "test_use.py",
        """\
from kafka_trial.kafka_utils import track_event_flow

def test_use(kafka_producer, kafka_consumer, kafka_admin_client, kafka_test_topics, kafka_topic):
    for number in range(2):
        kafka_producer.send(kafka_topic, value={"correlation_id": "1"})
    kafka_producer.flush()
    assert kafka_consumer([kafka_topic]).poll(timeout_ms=5000)
    assert track_event_flow("1", kafka_topic, kafka_topic)["response_found"]

def test_failing(kafka_producer, kafka_consumer, kafka_topic):
    kafka_consumer([kafka_topic])
    assert False, "on purpose"
""",
    )
    run = project.pytest("-q", "-s")
    assert run.counts == {"passed": 1, "failed": 1}, run.output
    assert "left: 0 [] []" in run.output, run.output


def test_a_broker_that_dies_in_a_test_does_not_hang_the_run(project: Project) -> None:
    project.write(
        "test_death.py",
        """\
def test_death(kafka_broker, kafka_producer, kafka_consumer, kafka_topic):
    kafka_consumer([kafka_topic], heartbeat_interval_ms=100, request_timeout_ms=2000, session_timeout_ms=1500)
    kafka_producer.send(kafka_topic, value={})
    kafka_producer.flush()
    kafka_broker.stop()
    kafka_producer.send(kafka_topic, value={})
""",
    )
    assert project.pytest("-q").counts["passed"] == 1


def test_the_modules_of_init_are_found_by_plain_pytest(project: Project) -> None:
    for folder in ("tests/integration", "services/intelligence/tests/integration"):
        run = project.command(COMMAND, "init", folder)
        assert run.status == 0 and f"wrote {folder}/kafka_utils.py" in run.output, run.output
        inside = Project((project.folder / folder).parents[1])
        inside.write(
            "tests/test_import.py",
            "from tests.integration.kafka_test_config import KafkaTestConfig\n"
            "from tests.integration.kafka_utils import verify_kafka_connectivity\n"
            "def test_import():\n    assert verify_kafka_connectivity(KafkaTestConfig.BOOTSTRAP_SERVERS)\n",
        )
        run = inside.command(str(Path(sys.executable).with_name("pytest")), "-q")
        assert run.counts == {"passed": 1}, run.output
