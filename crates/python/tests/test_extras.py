"""The clients and pytest-asyncio are extras: what needs one that is missing says which to install."""

from __future__ import annotations

from importlib.metadata import requires

import pytest
from conftest import Project

# What a project without some packages looks like.
WITHOUT = "import sys\nfor name in {names}:\n    sys.modules[name] = None\n"
EVERY = ["kafka", "aiokafka", "aiokafka.admin", "confluent_kafka", "confluent_kafka.admin", "pytest_asyncio"]


def test_pytest_alone_is_needed() -> None:
    needed = [text for text in requires("kafka-trial") or [] if "extra ==" not in text]
    assert [text.split(">")[0] for text in needed] == ["pytest"]


def test_what_needs_no_client_works_without_any(project: Project) -> None:
    project.write("conftest.py", WITHOUT.format(names=EVERY))
    project.write(
        "test_none.py",
        "def test_none(kafka_broker, kafka_topic, kafka_topics, kafka_group, kafka_events, kafka_flow, kafka_journal,\n"
        "              kafka_responder, kafka_load, kafka_connectivity_check, kafka_bootstrap_servers):\n"
        "    kafka_responder.on(kafka_topic, *kafka_topics('answers'))\n"
        "    kafka_broker.produce(kafka_topic, {'id': 7})\n"
        "    assert kafka_events.expect_event(kafka_topic)['id'] == 7\n",
    )
    run = project.pytest("-q", "-p", "no:asyncio", "-W", "error")
    assert run.counts == {"passed": 1}, run.output


@pytest.mark.parametrize(
    ("fixture", "use", "package", "extra"),
    [
        ("kafka_producer", "kafka_producer", "kafka-python", "kafka-python"),
        ("kafka_consumer", "kafka_consumer", "kafka-python", "kafka-python"),
        ("kafka_admin_client", "kafka_admin_client", "kafka-python", "kafka-python"),
        ("kafka_confluent", "kafka_confluent.producer()", "confluent-kafka", "confluent"),
        ("kafka_confluent", "kafka_confluent.admin()", "confluent-kafka", "confluent"),
        ("kafka_responder", "kafka_responder.on('a', 'b', group='g')", "kafka-python", "kafka-python"),
    ],
)
def test_a_fixture_whose_client_is_missing_names_the_extra(
    project: Project, fixture: str, use: str, package: str, extra: str
) -> None:
    project.write("conftest.py", WITHOUT.format(names=EVERY))
    project.write("test_missing.py", f"def test_missing({fixture}):\n    {use}\n")
    run = project.pytest("-q", "-p", "no:asyncio")
    advice = f"{package} is not installed: pip install {package}, which is the extra kafka-trial[{extra}]"
    assert run.status == 1 and advice in run.output, run.output


def test_aiokafka_that_is_missing_is_named_too(project: Project) -> None:
    project.write("conftest.py", WITHOUT.format(names=EVERY))
    project.write(
        "test_missing.py",
        "import pytest\n@pytest.mark.anyio\nasync def test_missing(kafka_aio_producer, anyio_backend_name):\n    pass\n"
        "@pytest.fixture(scope='module')\ndef anyio_backend():\n    return 'asyncio'\n",
    )
    run = project.pytest("-q", "-p", "no:asyncio")
    assert "aiokafka is not installed: pip install aiokafka, which is the extra kafka-trial[aiokafka]" in run.output, (
        run.output
    )


def test_a_coroutine_test_without_a_runner_is_told_what_to_install(project: Project) -> None:
    project.write("test_coroutine.py", "async def test_coroutine(kafka_topic):\n    pass\n")
    run = project.pytest("-q", "-p", "no:asyncio", "-p", "no:anyio")
    assert run.counts == {"failed": 1} and "pip install pytest-asyncio, which is" in run.output, run.output


def test_trio_runs_the_waits_too(project: Project) -> None:
    pytest.importorskip("trio")
    project.write(
        "test_trio.py",
        "import pytest\n"
        "from kafka_trial import LoopBlocked, atrack_event_flow, consume_response, publish_test_event\n"
        "pytestmark = pytest.mark.anyio\n"
        "@pytest.fixture\ndef anyio_backend():\n    return 'trio'\n"
        "async def test_trio(kafka_events, kafka_producer, kafka_consumer, kafka_topic, anyio_backend_name):\n"
        "    await publish_test_event(kafka_producer, kafka_topic, {}, 'id')\n"
        "    assert await consume_response(kafka_consumer(kafka_topic), 'id')\n"
        "    assert await kafka_events.aexpect_event(kafka_topic, correlation_id='id')\n"
        "    assert (await atrack_event_flow('id', kafka_topic, kafka_topic))['request_found']\n"
        "    with pytest.warns(LoopBlocked):\n"
        "        kafka_events.expect_event(kafka_topic)\n",
    )
    run = project.pytest("-q", "-p", "no:asyncio")
    assert run.counts == {"passed": 1}, run.output
