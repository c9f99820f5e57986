"""Filling a broker: by a function of a test, or from a folder of records."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from ._arguments import function, kind

if TYPE_CHECKING:
    from ._broker import Cluster

#: A function that takes the broker, or a folder with a file ``TOPIC.jsonl`` for each topic.
Load: TypeAlias = "Callable[[Any], object] | str | PathLike[str]"

_FIELDS = ("key", "value", "headers", "partition")
_EXPECTED = 'expected a record like {"key": "7", "value": {"state": "new"}}'


def sources(load: Load | Sequence[Load] | None) -> list[Load]:
    """What a broker is filled from, one after the other."""
    if load is None:
        return []
    many = isinstance(load, Sequence) and not isinstance(load, (str, bytes))
    listed: list[Any] = list(load) if isinstance(load, Sequence) and many else [load]
    for source in listed:
        if not callable(source) and not isinstance(source, (str, PathLike)):
            raise TypeError(f"load has {kind(source)}; expected a function that takes the broker, or a folder")
        if callable(source):
            function("load", source, "the broker")
    return listed


def fill(broker: Cluster, load: Load | Sequence[Load] | None) -> None:
    """Write to a broker what each source has."""
    for source in sources(load):
        if callable(source):
            source(broker)
        else:
            _write(broker, Path(source))


def beside(load: Load | Sequence[Load] | None, folder: Path) -> list[Load]:
    """The same sources; relative folders begin at this one."""
    return [source if callable(source) else folder / source for source in sources(load)]


def _write(broker: Cluster, folder: Path) -> None:
    files = sorted(folder.glob("*.jsonl"))
    if not files:
        raise FileNotFoundError(f"{folder}: no file TOPIC.jsonl is there")
    for file in files:
        for number, line in enumerate(file.read_text().splitlines(), 1):
            if line.strip():
                record = _record(f"{file}:{number}", line)
                broker.produce(file.stem, **record)


def _record(place: str, line: str) -> dict[str, Any]:
    try:
        record = json.loads(line)
    except ValueError as error:
        raise ValueError(f"{place}: {error}; {_EXPECTED}") from None
    if not isinstance(record, Mapping) or "value" not in record:
        raise ValueError(f"{place}: {_EXPECTED}")
    if unknown := [name for name in record if name not in _FIELDS]:
        raise ValueError(f"{place}: unknown field {unknown[0]!r}: {', '.join(_FIELDS)} are known")
    value = record["value"]
    return {**record, "value": json.dumps(value) if isinstance(value, (list, int, float)) else value}
