"""Where the time of the suite goes: the parts of each test, written to the file that SUITE_PARTS names."""

from __future__ import annotations

import json
import os
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter
from typing import Any

import pytest

_PARTS: dict[str, list[float]] = defaultdict(list)


class Clock:
    """``with clock.part("send"): ...``"""

    @contextmanager
    def part(self, name: str) -> Iterator[None]:
        begin = perf_counter()
        yield
        _PARTS[name].append(perf_counter() - begin)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.hookimpl(wrapper=True)
def pytest_fixture_setup(fixturedef: pytest.FixtureDef[Any]) -> Iterator[None]:
    with Clock().part(f"fixture {fixturedef.argname}"):
        return (yield)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol() -> Iterator[None]:
    with Clock().part("test"):
        return (yield)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_teardown() -> Iterator[None]:
    with Clock().part("teardown"):
        return (yield)


def pytest_sessionfinish() -> None:
    if path := os.environ.get("SUITE_PARTS"):
        Path(path).write_text(json.dumps(_PARTS))
