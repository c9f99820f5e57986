"""Waiting for a condition, with a deadline."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")
# Long enough for a rebalance on a busy machine.
DEADLINE_SECONDS = 30.0


def until(look: Callable[[], T], good: Callable[[T], bool], what: str) -> T:
    """Look until what is seen is good; the failure says what was seen instead."""
    deadline = time.monotonic() + DEADLINE_SECONDS
    while True:
        seen = look()
        if good(seen):
            return seen
        assert time.monotonic() < deadline, f"{what}: not within {DEADLINE_SECONDS} s, seen last: {seen!r}"
