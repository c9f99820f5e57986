"""The bench of a suite of tests runs."""

from __future__ import annotations

import re
from pathlib import Path

from conftest import Project

MEASURE = Path(__file__).parents[3] / "benches" / "suite" / "measure.py"


def test_the_suite_is_measured_part_by_part(project: Project) -> None:
    run = project.python(str(MEASURE), "--rounds", "1", "--tests", "2", "--no-peers")
    assert run.status == 0, run.output
    for part in ("whole run, s", "test, ms", "fixture kafka_topic, ms", "consumer, ms", "poll, ms", "teardown, ms"):
        assert re.search(rf"^\| {part} \| \d+\.\d+ \|  \|$", run.output, re.MULTILINE), run.output
