"""What the tests of the package share."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

pytest_plugins = ["pytester"]

# Longer than any run of the tests here takes on a busy machine.
RUN_SECONDS = 120
# The command that the package installs.
COMMAND = str(Path(sys.executable).with_name("kafka-trial"))
KAFKA_VARIABLES = ("TEST_KAFKA_BOOTSTRAP_SERVERS", "KAFKA_TRIAL_REQUIRE", "KAFKA_TRIAL_SHARE", "PYTEST_ADDOPTS")


@dataclass(frozen=True)
class Run:
    """How a command ended."""

    status: int
    output: str

    @property
    def counts(self) -> dict[str, int]:
        """The closing line of a pytest run: ``{"passed": 3, "skipped": 1}``."""
        lines = [line for line in self.output.splitlines() if re.search(r" in \d+\.\d+s", line)]
        assert lines, self.output
        counts = re.findall(r"(\d+) (passed|failed|skipped|errors?|deselected|xfailed)", lines[-1])
        return {what.removesuffix("s"): int(count) for count, what in counts}


@dataclass(frozen=True)
class Project:
    """A folder with tests, run by commands of their own as a user would."""

    folder: Path

    def command(self, *command: str, **variables: str) -> Run:
        kept = {name: value for name, value in os.environ.items() if name not in KAFKA_VARIABLES}
        done = subprocess.run(
            command,
            cwd=self.folder,
            env={**kept, **variables},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=RUN_SECONDS,
            check=False,
        )
        return Run(done.returncode, done.stdout)

    def python(self, *arguments: str, **variables: str) -> Run:
        return self.command(sys.executable, *arguments, **variables)

    def pytest(self, *arguments: str, **variables: str) -> Run:
        return self.python("-m", "pytest", *arguments, **variables)

    def write(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """An empty project."""
    return Project(tmp_path)


@pytest.fixture(scope="session")
def make_project(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Project]:
    """A project that a whole module shares."""
    return lambda name: Project(tmp_path_factory.mktemp(name))
