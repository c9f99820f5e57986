"""Packages that are not installed with this one: a fixture that needs one says what to install."""

from __future__ import annotations

from importlib import import_module
from typing import Any


def needed(module: str, extra: str) -> Any:
    """A module of another package, which comes with an extra of this one."""
    try:
        return import_module(module)
    except ImportError as error:
        if (error.name or "").split(".")[0] != module.split(".")[0]:
            raise
        raise ImportError(
            f"{extra} is not installed: pip install 'kafka-trial[{extra}]', or {extra} itself", name=error.name
        ) from None
