"""Coroutines that nobody awaits: no test passes because an ``await`` or a mode is missing."""

from __future__ import annotations

import re

import pytest
from conftest import Project

FORGOTTEN = """\
import asyncio
import pytest
from kafka_trial import consume_response, publish_test_event

def test_publishing(kafka_producer, kafka_topic):
    publish_test_event(kafka_producer, kafka_topic, {})

@pytest.mark.asyncio
async def test_consuming(kafka_consumer, kafka_topic):
    assert consume_response(kafka_consumer(kafka_topic), "id-1")

@pytest.mark.asyncio
async def test_expecting(kafka_events, kafka_topic):
    kafka_events.aexpect_event(kafka_topic)

@pytest.mark.asyncio
async def test_in_a_task(kafka_producer, kafka_topic):
    task = asyncio.create_task(publish_test_event(kafka_producer, kafka_topic, {}))
    await task

def test_run(kafka_producer, kafka_topic):
    assert asyncio.run(publish_test_event(kafka_producer, kafka_topic, {})).offset == 0
"""


def test_a_call_that_is_not_awaited_fails_its_test_and_names_its_line(project: Project) -> None:
    project.write("test_forgotten.py", FORGOTTEN)
    run = project.pytest("-q", "-W", "ignore::RuntimeWarning", "-W", "ignore::pytest.PytestUnraisableExceptionWarning")
    assert run.counts == {"failed": 3, "passed": 2}, run.output
    for line, function in ((6, "publish_test_event"), (10, "consume_response"), (14, "aexpect_event")):
        text = f"{function} was not awaited, so it did nothing: write await {function}(...) in "
        assert re.search(rf"{re.escape(text)}.*test_forgotten\.py:{line}", run.output), run.output


def test_the_failure_of_a_test_wins_over_what_it_has_not_awaited(project: Project) -> None:
    project.write(
        "test_both.py",
        "from kafka_trial import publish_test_event\n"
        "def test_both(kafka_producer, kafka_topic):\n"
        "    publish_test_event(kafka_producer, kafka_topic, {})\n"
        "    assert False, 'its own reason'\n",
    )
    run = project.pytest("-q")
    assert run.counts["failed"] == 1 and "its own reason" in run.output, run.output
    assert "so it did nothing" not in run.output, run.output


def test_a_coroutine_test_without_a_mode_says_which_line_is_missing(project: Project) -> None:
    project.write("test_mode.py", "async def test_mode(kafka_topic):\n    pass\n")
    run = project.pytest("-q", "-o", "asyncio_mode=strict")
    assert run.counts == {"failed": 1}, run.output
    assert "mark it with @pytest.mark.asyncio, or write asyncio_mode = auto into the ini file" in run.output, run.output
    run = project.pytest("-q", "-o", "asyncio_mode=auto")
    assert run.counts == {"passed": 1}, run.output


@pytest.mark.parametrize("number", [1, 2])
def test_a_call_of_one_test_is_not_laid_on_the_next(project: Project, number: int) -> None:
    project.write(
        "test_next.py",
        "from kafka_trial import publish_test_event\n"
        "def test_first(kafka_producer, kafka_topic):\n"
        "    publish_test_event(kafka_producer, kafka_topic, {})\n"
        "    assert False\n"
        f"{'def test_second(kafka_topic): pass' if number == 1 else 'def test_second(): pass'}\n",
    )
    run = project.pytest("-q")
    assert (run.counts["failed"], run.counts["passed"]) == (1, 1), run.output


def test_the_factory_where_a_consumer_is_meant_is_told(project: Project) -> None:
    project.write(
        "test_factory.py",
        "def test_poll(kafka_consumer):\n    kafka_consumer.poll(timeout_ms=100)\n\n"
        "def test_loop(kafka_consumer):\n    for record in kafka_consumer:\n        pass\n\n"
        "def test_typo(kafka_consumer):\n    assert not hasattr(kafka_consumer, 'pol')\n",
    )
    run = project.pytest("-q")
    assert run.counts == {"failed": 2, "passed": 1}, run.output
    assert 'call it first, consumer = kafka_consumer([topic], "my-group"), then consumer.poll' in run.output, run.output
    assert 'kafka_consumer is a factory: for record in kafka_consumer([topic], "my-group")' in run.output, run.output


def test_who_waited_in_vain_sees_what_came_instead(project: Project) -> None:
    project.write("pytest.ini", "[pytest]\nasyncio_mode = auto\n")
    project.write(
        "test_vain.py",
        """\
from kafka_trial import consume_response, publish_test_event

async def test_nothing_came(kafka_consumer, kafka_test_topics):
    assert await consume_response(kafka_consumer(kafka_test_topics["mixin_response"]), "id-7", timeout_seconds=1.5)

async def test_others_came(kafka_producer, kafka_consumer, kafka_topic):
    for number in range(4):
        await publish_test_event(kafka_producer, kafka_topic, {}, f"other-{number}")
    assert await consume_response(kafka_consumer(kafka_topic), "id-7", timeout_seconds=1.5)

async def test_a_miss_may_be_what_is_meant(kafka_consumer, kafka_topic):
    assert await consume_response(kafka_consumer(kafka_topic), "id-7", timeout_seconds=0.1) is None
""",
    )
    run = project.pytest("-q")
    assert run.counts == {"failed": 2, "passed": 1}, run.output
    nothing, others = run.output.split("test_others_came ___")
    response = "omninode.codegen.response.mixin.v1"
    assert "no event with correlation_id 'id-7' within 1.5 s" in nothing, run.output
    assert f"the consumer has partitions 0, 1, 2 of {response}\n  no other event came\n" in nothing, run.output
    assert "kafka_trial_codegen_handlers = true starts the reference one" in nothing, run.output
    assert "4 other events came, the last of them 'other-1', 'other-2', 'other-3'" in others, run.output
    assert "kafka_trial_codegen_handlers" not in others, run.output
