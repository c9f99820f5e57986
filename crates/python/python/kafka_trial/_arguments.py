"""What arguments may be. A wrong one is an error that names it, shows what it is, and says what is expected."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Iterable, Mapping
from typing import Any
from uuid import UUID


def kind(value: object) -> str:
    """What a value is, in an error: ``a list``, ``an int``, ``None``."""
    if value is None:
        return "None"
    name = type(value).__name__
    return f"{'an' if name[0].lower() in 'aeiou' else 'a'} {name}"


def _way_out(value: object) -> str:
    """What to write in place of a factory of a fixture."""
    return f"; {value._call_it_first}" if hasattr(value, "_call_it_first") else ""


def text(name: str, value: object) -> str:
    """Text that is not empty."""
    if not isinstance(value, str):
        raise TypeError(f"{name} is {kind(value)}; expected text{_way_out(value)}")
    if not value:
        raise ValueError(f"{name} is empty; expected text")
    return value


def texts(name: str, value: object, *, may_be_empty: bool = False) -> list[str]:
    """One text, or several."""
    if isinstance(value, (bytes, Mapping)) or not isinstance(value, (str, Iterable)):
        raise TypeError(f"{name} is {kind(value)}; expected a name, or a list of names{_way_out(value)}")
    listed = [value] if isinstance(value, str) else list(value)
    if not listed and not may_be_empty:
        raise ValueError(f"{name} is empty; expected a name, or a list of names")
    return [text(f"{name}[{number}]" if listed is not value else name, item) for number, item in enumerate(listed)]


def identifier(name: str, value: object) -> str:
    """A correlation id: text, or something whose text it is, as a ``UUID``."""
    if isinstance(value, bool) or not isinstance(value, (str, int, UUID)):
        raise TypeError(f"{name} is {kind(value)}; expected the id that the request was published with")
    return text(name, str(value))


def seconds(name: str, value: object) -> float:
    """A time from 0 on, whatever its unit."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise TypeError(f"{name}={value!r}: expected a number")
    if not math.isfinite(value) or value < 0:
        raise ValueError(f"{name}={value!r}: expected a number from 0 on")
    return value


def number(name: str, value: object, lowest: int = 0, highest: int | None = None) -> int:
    """A whole number of a range."""
    span = f"from {lowest} on" if highest is None else f"from {lowest} to {highest}"
    message = f"{name}={value!r}: expected a number {span}"
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(message)
    if value < lowest or (highest is not None and value > highest):
        raise ValueError(message)
    return value


def switch(name: str, value: object) -> bool:
    """``True`` or ``False``; text such as ``"false"`` would be true."""
    if not isinstance(value, bool):
        raise TypeError(f"{name}={value!r}: expected True or False")
    return value


def mapping(name: str, value: object, example: str) -> dict[str, Any]:
    """A mapping whose keys are text."""
    if not isinstance(value, Mapping) or not all(isinstance(key, str) for key in value):
        raise TypeError(f"{name} is {kind(value)}; expected a dict, such as {example}")
    return dict(value)


def function(name: str, value: object, of: str) -> Callable[..., Any]:
    """A function that can be called on any thread, so no coroutine function: its coroutine would be true for all."""
    if inspect.iscoroutinefunction(value) or inspect.iscoroutinefunction(type(value).__call__):
        raise TypeError(f"{name} is a coroutine function, and nothing awaits it: write def instead of async def")
    if not callable(value):
        raise TypeError(f"{name} is {kind(value)}; expected a function of {of}")
    return value


def choice(name: str, value: object, *allowed: str) -> str:
    """One of a few words."""
    if value not in allowed:
        raise ValueError(f"{name}={value!r}: expected {' or '.join(allowed)}")
    return str(value)
