"""Waits: one that is called on a running loop says so, and each has an awaitable twin."""

from __future__ import annotations

import functools
import inspect
import sys
import warnings
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, ParamSpec, TypeVar

from ._awaited import awaited

P = ParamSpec("P")
T = TypeVar("T")

#: What a verdict says when a blocking wait has held the loop of its test.
LOOP_WAS_BLOCKED = "the loop of this test was blocked, so a service on it could not answer"

# A wait that another wait calls has been reported by that one.
_inside: ContextVar[bool] = ContextVar("kafka_trial_inside_a_wait", default=False)


class LoopBlocked(UserWarning):
    """A blocking wait was called on a running event loop."""


def on_a_loop() -> bool:
    """Whether an event loop runs on this thread."""
    asyncio = sys.modules.get("asyncio")
    try:
        if asyncio is not None:
            asyncio.get_running_loop()
            return True
    except RuntimeError:
        pass
    return _trio_runs()


def _trio_runs() -> bool:
    trio = sys.modules.get("trio")
    try:
        return trio is not None and trio.lowlevel.current_task() is not None
    except RuntimeError:
        return False


async def in_thread(call: Callable[[], T]) -> T:
    """Call something that blocks while the loop goes on, asyncio's or trio's."""
    trio = sys.modules.get("trio")
    if trio is not None and _trio_runs():
        result: T = await trio.to_thread.run_sync(call)
        return result
    import asyncio  # which a run without coroutines does not need

    return await asyncio.to_thread(call)


@contextmanager
def holding_the_loop(name: str, twin: str) -> Iterator[None]:
    """While this holds a running loop it has warned, and what is raised says so too. ``twin`` is to be awaited."""
    if _inside.get() or not on_a_loop():
        yield
        return
    from . import _run  # which knows the broker, and that has waits

    advice = f"write await {twin}(...) in its place"
    text = f"{name} blocks the event loop of this test, so a service on it cannot answer: {advice}"
    # This function, contextlib's, the wait, and its caller.
    warnings.warn(text, LoopBlocked, stacklevel=4)
    if _run.active is not None:
        _run.active.blocked.append(f"{name}: {LOOP_WAS_BLOCKED}; {advice}")
    token = _inside.set(True)
    try:
        yield
    except (AssertionError, TimeoutError) as error:
        error.args = (f"{error}\n{LOOP_WAS_BLOCKED}: {advice}", *error.args[1:])
        raise
    finally:
        _inside.reset(token)


def blocks(twin: str) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """A function that blocks: on a running loop it warns at once, and what it then raises says so too."""

    def decorate(function: Callable[P, T]) -> Callable[P, T]:
        @functools.wraps(function)
        def wait(*arguments: P.args, **options: P.kwargs) -> T:
            __tracebackhide__ = True  # the test is what failed
            with holding_the_loop(function.__name__, twin):
                return function(*arguments, **options)

        return wait

    return decorate


def twin(function: Callable[P, T]) -> Callable[P, Coroutine[Any, Any, T]]:
    """The same wait as a coroutine function, whose name has an ``a`` in front. The loop goes on meanwhile."""
    name = function.__name__
    blocking = inspect.unwrap(function)

    async def wait(*arguments: P.args, **options: P.kwargs) -> T:
        __tracebackhide__ = True  # the test is what failed
        return await in_thread(functools.partial(blocking, *arguments, **options))

    wait.__name__ = f"a{name}"
    wait.__qualname__ = ".".join([*function.__qualname__.split(".")[:-1], wait.__name__])
    wait.__doc__ = f"As ``{name}``, in a coroutine: the event loop stays free."
    wait.__module__ = function.__module__
    wait.__signature__ = inspect.signature(function)  # type: ignore[attr-defined]
    return awaited(wait)
