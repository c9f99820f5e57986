"""The Python in README and docs runs as it stands there."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from conftest import Project
from spec_document import Block, Document

ROOT = Path(__file__).parents[3]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
BLOCKS = [(page.name, block) for page in PAGES for block in Document(page).python]

INI = """\
[pytest]
asyncio_mode = auto
asyncio_default_fixture_loop_scope = function
kafka_trial_codegen_handlers = true
"""


def test_the_pages_have_python() -> None:
    assert {"README.md", "getting-started.md", "fixtures.md"} <= {name for name, _ in BLOCKS}


@pytest.mark.parametrize(("page", "block"), BLOCKS, ids=[f"{name}:{block.line}" for name, block in BLOCKS])
def test_a_block_runs(project: Project, page: str, block: Block) -> None:
    if any(function.name.startswith("test_") for function in block.functions):
        project.write("pytest.ini", INI)
        project.write("test_block.py", block.text)
        run = project.pytest("-q")
        assert run.status == 0 and run.counts["passed"] >= 1, run.output
    else:
        script = project.write("block.py", block.text)
        run = project.command(sys.executable, str(script))
        assert run.status == 0, run.output
