"""The Python in README and docs runs as it stands there."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import Project
from spec_document import Block, Document

from kafka_trial import KafkaBroker

ROOT = Path(__file__).parents[3]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")), *sorted((ROOT / "examples").glob("*.md"))]
BLOCKS = [(page.name, block) for page in PAGES for block in Document(page).python]

INI = """\
[pytest]
asyncio_mode = auto
asyncio_default_fixture_loop_scope = function
kafka_trial_codegen_handlers = true
"""


def test_the_pages_have_python() -> None:
    assert {"README.md", "getting-started.md", "fixtures.md"} <= {name for name, _ in BLOCKS}


def name_of(page_and_block: tuple[str, Block]) -> str:
    page, block = page_and_block
    return f"{page}:{block.line}"


def is_test(block: Block) -> bool:
    return any(function.name.startswith("test_") for function in block.functions)


TESTS = [(page, block) for page, block in BLOCKS if is_test(block)]
SCRIPTS = [(page, block) for page, block in BLOCKS if not is_test(block)]


@pytest.fixture(scope="module")
def other_cluster() -> Iterator[str]:
    """The address of a cluster outside of the test process."""
    with KafkaBroker.start() as broker:
        yield broker.bootstrap_servers


@pytest.mark.parametrize(("page", "block"), TESTS, ids=map(name_of, TESTS))
def test_a_block_runs_embedded(project: Project, page: str, block: Block) -> None:
    project.write("pytest.ini", INI)
    project.write("test_block.py", block.text)
    run = project.pytest("-q")
    assert run.status == 0 and run.counts["passed"] >= 1, run.output


@pytest.mark.parametrize(("page", "block"), TESTS, ids=map(name_of, TESTS))
def test_a_block_runs_on_an_external_cluster_or_says_why_not(
    project: Project, other_cluster: str, page: str, block: Block
) -> None:
    project.write("pytest.ini", INI)
    project.write("test_block.py", block.text)
    run = project.pytest("-q", "-rs", TEST_KAFKA_BOOTSTRAP_SERVERS=other_cluster)
    assert run.status == 0, run.output
    counts = run.counts
    assert counts.get("passed", 0) >= 1 or "embedded" in run.output.partition("short test summary")[2], run.output


@pytest.mark.parametrize(("page", "block"), SCRIPTS, ids=map(name_of, SCRIPTS))
def test_a_script_runs(project: Project, page: str, block: Block) -> None:
    script = project.write("block.py", block.text)
    run = project.command(sys.executable, str(script))
    assert run.status == 0, run.output


@pytest.mark.parametrize("page", PAGES, ids=[str(page.relative_to(ROOT)) for page in PAGES])
def test_every_link_leads_to_a_file_and_a_heading(page: Path) -> None:
    text = re.sub(r"^```.*?^```", "", page.read_text(), flags=re.DOTALL | re.MULTILINE)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"\w+:", target):
            continue
        path, _, anchor = target.partition("#")
        file = (page.parent / path).resolve() if path else page
        assert file.exists(), f"{page.name}: {target}"
        if anchor:
            headings = re.findall(r"^#+ (.*)$", file.read_text(), flags=re.MULTILINE)
            assert anchor in {slug(heading) for heading in headings}, f"{page.name}: {target}"


def slug(heading: str) -> str:
    """The anchor of a heading, as GitHub makes it."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
