"""The topics that a broker has from its start, and fresh topics for tests."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import TypeAlias
from uuid import uuid4

from ._values import config_texts

#: Names; or names and numbers of partitions; or names and ``{"partitions": 3, "cleanup.policy": "compact"}``.
Topics: TypeAlias = "Iterable[str] | Mapping[str, int | Mapping[str, object]]"

# Kafka allows 249 characters in a topic's name; the rest is for what makes it unique.
_LONGEST = 120
# What names that belong together are joined with.
_JOINTS = ".-_"


def topic_shapes(topics: Topics | None, default_partitions: int) -> list[tuple[str, int, dict[str, str]]]:
    """Name, partitions and configs of each topic. ``TypeError`` shows how a wrong shape is written."""
    if isinstance(topics, (str, bytes)):
        raise TypeError(f"topics is a list of names, or a dict of names and partitions: write topics=[{topics!r}]")
    if topics is None:
        return []
    if not isinstance(topics, Iterable):
        raise TypeError(f"topics is {_a(topics)}; a list of names, or a dict of names and partitions is expected")
    shapes = topics if isinstance(topics, Mapping) else dict.fromkeys(topics, default_partitions)
    return [_shape(name, shape, default_partitions) for name, shape in shapes.items()]


def _shape(name: object, shape: object, default_partitions: int) -> tuple[str, int, dict[str, str]]:
    if not isinstance(name, str):
        raise TypeError(f"topics has {name!r} for a name; text is expected")
    configs = {} if isinstance(shape, int) else shape
    if not isinstance(configs, Mapping):
        raise TypeError(
            f"topics[{name!r}] is {_a(shape)}; a number of partitions, or a dict like "
            '{"partitions": 3, "cleanup.policy": "compact"}, is expected'
        )
    partitions = configs.get("partitions", default_partitions) if isinstance(shape, Mapping) else shape
    if not isinstance(partitions, int) or isinstance(partitions, bool):
        raise TypeError(f"topics[{name!r}] has partitions={partitions!r}; a number is expected")
    named = {key.replace("_", "."): value for key, value in configs.items() if key != "partitions"}
    return name, partitions, config_texts(named)


def _a(value: object) -> str:
    return f"a {type(value).__name__}"


def slug(name: str) -> str:
    """A name as a part of a topic's or a group's name."""
    return re.sub(r"[^A-Za-z0-9]+", "-", name).strip("-")[:_LONGEST] or "test"


def fresh_names(names: Iterable[str], scope: str) -> list[str]:
    """Names that nothing else uses. Those that belong together stay so: ``orders`` and ``orders.dlq`` become
    ``orders-1a2b3c4d`` and ``orders-1a2b3c4d.dlq``."""
    end = f"-{scope}{uuid4().hex[:8]}"
    known = list(names)
    return [_fresh(name, known, end) for name in known]


def _fresh(name: str, known: list[str], end: str) -> str:
    roots = [root for root in known if any(name.startswith(root + joint) for joint in _JOINTS)]
    root = min(roots, key=len, default=name)
    return slug(root) + end + re.sub(r"[^A-Za-z0-9._-]+", "-", name[len(root) :])
