"""The end-to-end scripts of the reference service, run as a team would run them."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from conftest import Project

from kafka_trial import KafkaBroker

FLOWS = Path(__file__).parents[3] / "examples" / "codegen" / "flows"


@pytest.mark.parametrize("flow", ["validation", "analysis", "pattern", "mixin"])
def test_a_flow_brings_its_own_broker_and_is_complete(project: Project, flow: str) -> None:
    run = project.command(sys.executable, str(FLOWS / f"{flow}.py"), "--embedded")
    assert run.status == 0, run.output
    lines = run.output.splitlines()
    assert lines[0].startswith("omninode.codegen.request.") and lines[1].startswith("omninode.codegen.response.")
    assert lines[-1].startswith("complete after "), run.output


def test_a_flow_that_nobody_answers_says_where_to_look(project: Project) -> None:
    with KafkaBroker.start() as broker:
        servers = broker.bootstrap_servers
        run = project.command(
            sys.executable, str(FLOWS / "mixin.py"), "--timeout", "0.2", TEST_KAFKA_BOOTSTRAP_SERVERS=servers
        )
    assert run.status == 1 and "mixin has not answered" in run.output, run.output
    assert f"kafka-trial top --once -b {servers}" in run.output


def test_a_flow_without_a_cluster_says_so(project: Project) -> None:
    run = project.command(sys.executable, str(FLOWS / "mixin.py"), TEST_KAFKA_BOOTSTRAP_SERVERS="127.0.0.1:1")
    assert run.status == 1 and "Kafka does not answer at 127.0.0.1:1" in run.output, run.output
