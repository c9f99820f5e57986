"""The command ``kafka-trial`` that the wheel brings along."""

from __future__ import annotations

import re
import signal
import subprocess
from pathlib import Path

import pytest
from conftest import COMMAND, RUN_SECONDS, Project
from waiting import until

from kafka_trial import KafkaBroker, __version__, verify_kafka_connectivity


def test_the_command_is_installed_with_the_package(project: Project) -> None:
    run = project.command(COMMAND, "--version")
    assert (run.status, run.output) == (0, f"kafka-trial {__version__}\n")


def test_the_module_is_the_same_command(project: Project) -> None:
    assert project.python("-m", "kafka_trial", "--help").output == project.command(COMMAND, "--help").output


@pytest.mark.parametrize(
    ("script", "status"), [("exit 0", 0), ("exit 37", 37), ("kill -TERM $$", 143), ("exec no-such-program", 127)]
)
def test_run_returns_the_status_of_its_command(project: Project, script: str, status: int) -> None:
    assert project.command(COMMAND, "run", "--", "sh", "-c", script).status == status


def test_what_run_starts_has_the_signals_of_any_program(project: Project) -> None:
    # The interpreter ignores SIGPIPE and SIGXFSZ; a program that inherited that would survive them.
    for name in ("PIPE", "XFSZ"):
        run = project.command(COMMAND, "run", "--", "sh", "-c", f"kill -{name} $$; echo survived")
        assert run.status == 128 + signal.Signals[f"SIG{name}"] and "survived" not in run.output, run


def test_a_wrong_command_line_ends_with_status_2(project: Project) -> None:
    run = project.command(COMMAND, "serve", "--brokers", "none")
    assert run.status == 2 and "invalid value 'none' for '--brokers <N>'" in run.output


def test_check_reports_an_address_where_nothing_listens(project: Project) -> None:
    with KafkaBroker.start() as broker:
        address = broker.bootstrap_servers
    run = project.command(COMMAND, "check", address)
    assert run.status == 1 and f"nothing listens on {address}" in run.output


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_serve_prints_its_address_first_and_ends_with_status_0(project: Project, ending: signal.Signals) -> None:
    with subprocess.Popen([COMMAND, "serve", "--port", "0"], stdout=subprocess.PIPE, text=True) as serving:
        assert serving.stdout is not None
        address = serving.stdout.readline().rstrip("\n")
        assert verify_kafka_connectivity(address)
        serving.send_signal(ending)
        rest, _ = serving.communicate(timeout=RUN_SECONDS)
    assert (serving.returncode, rest) == (0, "")
    assert not verify_kafka_connectivity(address, timeout_seconds=1)


def test_serve_ends_with_the_process_that_holds_its_input() -> None:
    command = [COMMAND, "serve", "--port", "0", "--exit-with-parent"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as serving:
        assert serving.stdout is not None
        assert verify_kafka_connectivity(serving.stdout.readline().rstrip("\n"))
        serving.communicate(timeout=RUN_SECONDS)
    assert serving.returncode == 0


INTERRUPT = 1 << (signal.SIGINT - 1)


def caught(process: int) -> int:
    """Which signals a process handles itself; the interpreter does so with an interrupt."""
    status = Path(f"/proc/{process}/status").read_text()
    signals = re.search(r"^SigCgt:\s*([0-9a-f]+)$", status, re.MULTILINE)
    assert signals is not None
    return int(signals[1], 16)


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="/proc shows which signals a process handles")
def test_a_command_without_a_way_to_end_is_ended_by_an_interrupt(project: Project) -> None:
    requests = project.write("requests.jsonl", "")
    with subprocess.Popen(
        [COMMAND, "journal", str(requests), "--follow"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        # A shell ignores the interrupt for what it runs in the background, and so would the command.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    ) as following:
        try:
            until(lambda: caught(following.pid), lambda signals: not signals & INTERRUPT, "the command has taken over")
            following.send_signal(signal.SIGINT)
            output, errors = following.communicate(timeout=RUN_SECONDS)
        finally:
            following.kill()
    assert (following.returncode, output, errors) == (-signal.SIGINT, b"", b"")
