"""The fixtures of aiokafka follow the loop of their test, whichever plugin runs it and whatever the loop's scope."""

from __future__ import annotations

import pytest
from conftest import Project

BODY = """\
async def test_round_trip(kafka_aio_producer, kafka_aio_consumer, kafka_topic, kafka_group, loop_of_the_module):
    consumer = await kafka_aio_consumer(kafka_topic, kafka_group, wait_assigned=True, auto_offset_reset="latest")
    await kafka_aio_producer.send_and_wait(kafka_topic, b"7")
    record = await consumer.getone()
    assert record.value == b"7"

async def test_again(kafka_aio_producer, kafka_topic):
    await kafka_aio_producer.send_and_wait(kafka_topic, b"8")
"""
PLAIN = """\
import pytest

@pytest.fixture
def loop_of_the_module():
    pass

"""
STRICT = PLAIN + "pytestmark = pytest.mark.asyncio\n\n" + BODY
SESSION = """\
import asyncio, pytest, pytest_asyncio
pytestmark = pytest.mark.asyncio(loop_scope="session")

@pytest_asyncio.fixture(loop_scope="session", scope="session")
async def loop_of_the_module():
    return asyncio.get_running_loop()

"""
ANYIO = """\
import pytest
pytestmark = pytest.mark.anyio

@pytest.fixture(scope="module")
def anyio_backend():
    return "asyncio"

@pytest.fixture(scope="module")
async def loop_of_the_module(anyio_backend):
    yield

"""


@pytest.mark.parametrize(
    ("text", "arguments"),
    [
        pytest.param(STRICT, ["-o", "asyncio_mode=strict"], id="pytest-asyncio, strict"),
        pytest.param(PLAIN + BODY, ["-o", "asyncio_mode=auto"], id="pytest-asyncio, auto"),
        pytest.param(SESSION + BODY, ["-o", "asyncio_mode=strict"], id="pytest-asyncio, a loop of the session"),
        pytest.param(
            PLAIN + BODY,
            ["-o", "asyncio_mode=auto", "-o", "asyncio_default_test_loop_scope=module"],
            id="pytest-asyncio, a loop of the module",
        ),
        pytest.param(ANYIO + BODY, ["-p", "no:asyncio"], id="anyio alone"),
        pytest.param(ANYIO + BODY, ["-o", "asyncio_mode=strict"], id="anyio beside pytest-asyncio"),
    ],
)
def test_clients_are_on_the_loop_of_their_test(project: Project, text: str, arguments: list[str]) -> None:
    project.write("test_loop.py", text)
    if "no:asyncio" not in arguments:
        arguments = [*arguments, "-o", "asyncio_default_fixture_loop_scope=function"]
    run = project.pytest("-q", "-W", "error", *arguments)
    assert run.counts == {"passed": 2}, run.output


def test_a_fixture_that_uses_one_too_early_is_told_what_to_write(project: Project) -> None:
    project.write(
        "test_early.py",
        "import pytest_asyncio\n"
        "@pytest_asyncio.fixture\n"
        "async def seeded(kafka_aio_producer, kafka_topic):\n"
        "    await kafka_aio_producer.send_and_wait(kafka_topic, b'7')\n"
        "async def test_seeded(seeded):\n    pass\n",
    )
    run = project.pytest("-q", "-o", "asyncio_mode=auto")
    assert run.counts == {"error": 1} and "async with kafka_aio.producer() as client" in run.output, run.output


def test_a_test_that_is_no_coroutine_is_told(project: Project) -> None:
    project.write("test_plain.py", "def test_plain(kafka_aio_producer):\n    pass\n")
    run = project.pytest("-q")
    assert run.counts == {"error": 1}, run.output
    assert "kafka_aio_producer is for coroutine tests: write async def test_plain" in run.output, run.output
