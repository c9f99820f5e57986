"""The topics that a broker has from its start, and fresh topics for tests."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple, TypeAlias
from uuid import uuid4

from ._arguments import kind, mapping, number, text
from ._values import config_texts, keyword_configs

#: Names; or names and numbers of partitions; or names and ``{"partitions": 3, "cleanup.policy": "compact"}``, in which
#: ``replication_factor`` may stand too.
Topics: TypeAlias = "Iterable[str] | Mapping[str, int | Mapping[str, object]]"

# Kafka allows 249 characters in a topic's name; the rest is for what makes it unique.
_LONGEST = 120
# What names that belong together are joined with.
_JOINTS = ".-_"


class Shape(NamedTuple):
    """A topic to be created. Without ``replicas`` the broker's ``default.replication.factor`` is taken."""

    name: str
    partitions: int
    replicas: int | None
    configs: dict[str, str]


def topic_shapes(topics: Topics | None, default_partitions: int) -> list[Shape]:
    """The topics that somebody asks for. ``TypeError`` shows how a wrong shape is written."""
    if isinstance(topics, (str, bytes)):
        raise TypeError(f"topics is a list of names, or a dict of names and partitions: write topics=[{topics!r}]")
    if topics is None:
        return []
    if not isinstance(topics, Iterable):
        raise TypeError(f"topics is {kind(topics)}; expected a list of names, or a dict of names and partitions")
    shapes = topics if isinstance(topics, Mapping) else dict.fromkeys(topics, default_partitions)
    return [_shape(name, shape, default_partitions) for name, shape in shapes.items()]


def _shape(name: object, shape: object, default_partitions: int) -> Shape:
    if not isinstance(name, str):
        raise TypeError(f"topics has {name!r} for a name; expected text")
    where = f"topics[{name!r}]"
    if isinstance(shape, int):
        return Shape(name, number(f"{where} partitions", shape, 1), None, {})
    if not isinstance(shape, Mapping):
        raise TypeError(
            f"{where} is {kind(shape)}; expected a number of partitions, or a dict like "
            '{"partitions": 3, "cleanup.policy": "compact"}'
        )
    return shape_of(name, {"partitions": default_partitions, **shape}, where)


def shape_of(name: str, shape: Mapping[str, Any], where: str) -> Shape:
    """A topic from keywords: ``partitions``, ``replication_factor``, ``configs``, and configs by their names."""
    rest = dict(shape)
    partitions = number(f"{where} partitions", rest.pop("partitions", 1), 1)
    replicas = rest.pop("replication_factor", None)
    if replicas is not None:
        number(f"{where} replication_factor", replicas, 1)
    configs = mapping(f"{where} configs", rest.pop("configs", None) or {}, '{"cleanup.policy": "compact"}')
    return Shape(text("name", name), partitions, replicas, config_texts(where, {**keyword_configs(rest), **configs}))


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
