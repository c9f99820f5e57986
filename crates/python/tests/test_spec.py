"""The document's own tests and snippets, extracted when this runs, on the embedded broker and on external ones."""

from __future__ import annotations

import ast
import inspect
import os
import random
import shlex
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from conftest import COMMAND, Project
from spec_document import Block, Document, expected_values

from kafka_trial import KafkaBroker, KafkaTestConfig

SPEC = os.environ.get("KAFKA_TRIAL_SPEC", "")
if not SPEC:
    pytest.skip("KAFKA_TRIAL_SPEC names no document", allow_module_level=True)

DOCUMENT = Document(Path(SPEC))
REPEATS = int(os.environ.get("KAFKA_TRIAL_REPEATS", "20"))
REAL_KAFKA = os.environ.get("KAFKA_TRIAL_REAL_KAFKA", "")

INI = """\
[pytest]
kafka_trial_codegen_handlers = true
asyncio_default_fixture_loop_scope = function
"""
# The order of tests as an environment variable gives it, for runs in random order.
SHUFFLE = """\
import os, random
def pytest_collection_modifyitems(items):
    if os.environ.get("ORDER"):
        random.Random(os.environ["ORDER"]).shuffle(items)
"""


@pytest.fixture(scope="module")
def spec(make_project: Callable[[str], Project]) -> Project:
    """A project with a module per test block, verbatim but for the ``import pytest`` that some leave to others."""
    project = make_project("spec")
    project.write("pytest.ini", INI)
    project.write("conftest.py", SHUFFLE)
    project.write("tests/__init__.py", "")
    assert project.command(COMMAND, "init", "tests/integration").status == 0
    for block in DOCUMENT.tests():
        missing = "pytest" in block.names(ast.Load) and "import pytest" not in block.text
        project.write(f"tests/test_line_{block.line}.py", ("import pytest\n" if missing else "") + block.text)
    return project


def all_pass(project: Project, *arguments: str, **variables: str) -> None:
    run = project.pytest("-q", "-W", "error::DeprecationWarning:kafka_trial", *arguments, **variables)
    assert run.counts == {"passed": len(DOCUMENT.tests())}, f"{variables}\n{run.output}"


def test_the_document_has_blocks_of_every_kind() -> None:
    assert len(DOCUMENT.tests()) >= 9
    assert len(DOCUMENT.fixtures()) >= 5
    assert len(DOCUMENT.snippets()) >= 10


def test_its_tests_pass_one_after_the_other(spec: Project) -> None:
    all_pass(spec)


def test_its_tests_pass_on_two_workers(spec: Project) -> None:
    all_pass(spec, "-n", "2")


def test_its_tests_pass_on_two_workers_that_share_a_broker(spec: Project) -> None:
    all_pass(spec, "-n", "2", "--kafka-trial-share")


@pytest.mark.parametrize("attempt", range(3))
def test_its_tests_pass_in_random_order(spec: Project, attempt: int) -> None:
    all_pass(spec, ORDER=str(random.randrange(10_000)))


@pytest.mark.parametrize("block", DOCUMENT.tests(), ids=lambda block: f"line_{block.line}")
def test_each_of_its_tests_passes_alone(spec: Project, block: Block) -> None:
    run = spec.pytest("-q", f"tests/test_line_{block.line}.py")
    assert run.counts == {"passed": 1}, run.output


@pytest.mark.slow
def test_its_tests_pass_many_times_in_a_row(spec: Project) -> None:
    for _ in range(REPEATS):
        all_pass(spec)


def test_its_tests_pass_against_a_cluster_of_others(spec: Project) -> None:
    with KafkaBroker.start() as broker:
        all_pass(spec, TEST_KAFKA_BOOTSTRAP_SERVERS=broker.bootstrap_servers)
        all_pass(spec, "-n", "2", TEST_KAFKA_BOOTSTRAP_SERVERS=broker.bootstrap_servers)


@pytest.mark.skipif(not REAL_KAFKA, reason="KAFKA_TRIAL_REAL_KAFKA names no real Kafka")
@pytest.mark.parametrize("arguments", [(), ("-n", "2")], ids=["serial", "two workers"])
def test_its_tests_pass_against_a_real_kafka(spec: Project, arguments: tuple[str, ...]) -> None:
    all_pass(spec, *arguments, TEST_KAFKA_BOOTSTRAP_SERVERS=REAL_KAFKA)


def test_without_kafka_each_of_its_tests_is_skipped_at_once(spec: Project) -> None:
    run = spec.pytest("-m", "kafka", "-rs", "--durations=0", "-vv", TEST_KAFKA_BOOTSTRAP_SERVERS="127.0.0.1:1")
    assert run.counts == {"skipped": len(DOCUMENT.tests())}, run.output
    assert "Kafka not available at 127.0.0.1:1 (TEST_KAFKA_BOOTSTRAP_SERVERS): connection refused" in run.output
    durations = [float(line.split("s ")[0]) for line in run.output.splitlines() if " setup " in line and "s " in line]
    assert all(seconds < 1 for seconds in durations), run.output


def test_without_kafka_the_require_switch_makes_errors(spec: Project) -> None:
    run = spec.pytest("-q", "--kafka-trial-require", TEST_KAFKA_BOOTSTRAP_SERVERS="127.0.0.1:1")
    assert run.counts == {"error": len(DOCUMENT.tests())}, run.output


@pytest.mark.parametrize("block", DOCUMENT.fixtures(), ids=lambda block: block.functions[0].name)
def test_each_of_its_fixtures_is_there_with_its_scope(block: Block, request: pytest.FixtureRequest) -> None:
    function = block.functions[0]
    (decorator,) = function.decorator_list
    keywords = decorator.keywords if isinstance(decorator, ast.Call) else []
    scopes = [ast.literal_eval(keyword.value) for keyword in keywords if keyword.arg == "scope"]
    found = request.session._fixturemanager.getfixturedefs(function.name, request.node)
    assert found is not None
    assert found[-1].scope == (scopes or ["function"])[0]


def test_its_configuration_is_what_it_says(spec: Project) -> None:
    blocks = [block for block in DOCUMENT.snippets() if expected_values(block)]
    assert len(blocks) == 3
    script = "\n".join(block.text for block in blocks)
    values = {name: value for block in blocks for name, value in expected_values(block).items()}
    run = spec.python("-c", f"{script}\nprint(repr([{', '.join(values)}]))")
    for (name, expected), found in zip(values.items(), ast.literal_eval(run.output), strict=True):
        # Where the document abbreviates with "...", what it does show must be there.
        shown = {key: found[key] for key in expected} if isinstance(expected, dict) else found
        assert shown == expected and (name == "topics" or len(shown) == len(found)), name


async def test_its_snippets_run_in_the_order_of_the_document(
    spec: Project,
    monkeypatch: pytest.MonkeyPatch,
    kafka_producer: Any,
    kafka_consumer: Callable[..., Any],
    kafka_test_topics: dict[str, str],
) -> None:
    from kafka_trial import _native, kafka_utils

    monkeypatch.syspath_prepend(spec.folder)
    service = _native.Codegen.start(KafkaTestConfig.BOOTSTRAP_SERVERS)
    answers = kafka_test_topics["validation_response"]
    names: dict[str, Any] = {
        "uuid4": uuid4,
        "topic": answers,
        "correlation_id": "test-123",
        "consume_response": kafka_utils.consume_response,
        "KafkaTestConfig": KafkaTestConfig,
    }
    try:
        for block in DOCUMENT.snippets():
            called = {getattr(call.func, "id", "") for call in ast.walk(block.tree) if isinstance(call, ast.Call)}
            is_factory = "kafka_consumer" in called
            names |= {
                "kafka_producer": kafka_producer,
                "kafka_consumer": kafka_consumer if is_factory else kafka_consumer([answers]),
                "consumer": kafka_consumer([answers]),
            }
            code = compile(block.text, f"{SPEC}:{block.line}", "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
            result = eval(code, names)
            if inspect.iscoroutine(result):
                await result
            for function in block.functions:
                await names[function.name]()
    finally:
        service.stop()
    assert names["response"]["correlation_id"] == "test-123"
    assert names["tracking"]["response_found"]


def test_its_commands_for_python_work(spec: Project) -> None:
    commands = DOCUMENT.commands("python")
    assert len(commands) == 2
    with KafkaBroker.start() as broker:
        for command in commands:
            run = spec.python(*shlex.split(command)[1:], TEST_KAFKA_BOOTSTRAP_SERVERS=broker.bootstrap_servers)
            assert run.status == 0, run.output
            assert run.output.strip() in ("True", ""), run.output
        assert broker.records(KafkaTestConfig.DEFAULT_TOPICS["validation_request"]) == []


@pytest.mark.skipif(shutil.which("kcat") is None, reason="kcat is not installed")
def test_its_kafkacat_commands_work(spec: Project) -> None:
    topics = dict.fromkeys(KafkaTestConfig.DEFAULT_TOPICS.values(), 3)
    with KafkaBroker.start(topics=topics) as broker:
        for command in DOCUMENT.commands("kafkacat"):
            typed = command.replace("kafkacat", "kcat").replace("localhost:19092", broker.bootstrap_servers)
            if " -G " in typed:
                # It reads for ever; when its time is over it is ended by a signal.
                run = spec.command("timeout", "--signal=INT", "3", "sh", "-c", f"exec {typed}")
                assert "ERROR" not in run.output, run.output
            else:
                run = spec.command("sh", "-c", typed)
                assert run.status == 0 and "omninode.codegen.request.validate.v1" in run.output, run.output
