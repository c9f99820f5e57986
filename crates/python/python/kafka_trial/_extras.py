"""Packages that are not installed with this one: a fixture that needs one says what to install."""

from __future__ import annotations

from importlib import import_module
from typing import Any


def needed(module: str, extra: str, package: str | None = None) -> Any:
    """A module of a package, which has its extra's name unless told otherwise."""
    package = package or extra
    try:
        return import_module(module)
    except ImportError as error:
        if (error.name or "").split(".")[0] != module.split(".")[0]:
            raise
        raise ImportError(
            f"{package} is not installed: pip install {package}, which is the extra kafka-trial[{extra}]",
            name=error.name,
        ) from None
