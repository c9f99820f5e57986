"""Calls of coroutine functions that nobody awaits: without a word they would do nothing, and the test would pass."""

from __future__ import annotations

import functools
import inspect
import sys
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar, cast

Function = TypeVar("Function", bound=Callable[..., Coroutine[Any, Any, Any]])


class Call:
    """A call that has made a coroutine; ``place`` is the line that made it."""

    def __init__(self, function: str, place: str) -> None:
        self.function = function
        self.place = place

    def __str__(self) -> str:
        name = self.function
        return f"{name} was not awaited, so it did nothing: write await {name}(...) in {self.place}"


def awaited(function: Function) -> Function:
    """In a pytest run, a coroutine of this function that is never awaited fails the test that made it."""

    @functools.wraps(function)
    def make(*arguments: Any, **options: Any) -> Coroutine[Any, Any, Any]:
        from . import _run  # which knows the broker, and that has waits

        if _run.active is None:
            return function(*arguments, **options)
        caller = sys._getframe(1)
        call = Call(function.__name__, f"{caller.f_code.co_filename}:{caller.f_lineno}")
        waiting = _run.active.calls
        waiting[call] = None

        async def begin() -> Any:
            waiting.pop(call, None)
            return await function(*arguments, **options)

        begin.__qualname__ = function.__qualname__
        return begin()

    # From Python 3.12 on others can be told what this is.
    mark = getattr(inspect, "markcoroutinefunction", lambda function: function)
    return cast(Function, mark(make))
