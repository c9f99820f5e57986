"""Events: JSON objects as record values."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import is_dataclass
from enum import Enum
from pathlib import PurePath
from typing import Any

from . import _native
from ._arguments import kind, mapping

Event = dict[str, Any]
#: A record's headers, as they were read.
RecordHeaders = list[tuple[str, "bytes | None"]]
#: A record's headers, to be sent: names and values, which may be text.
Headers = Mapping[str, "str | bytes | None"] | Sequence["tuple[str, str | bytes | None]"]


def to_json(event: object, name: str = "event") -> bytes:
    """JSON as bytes. ``TypeError`` or ``ValueError`` names the field that JSON cannot carry, and the way out."""
    try:
        return json.dumps(event, allow_nan=False, separators=(",", ":")).encode()
    except (TypeError, ValueError) as error:
        for path, value in _values(event, name):
            if reason := _refusal(value):
                raise type(error)(f"{path} {reason}") from None
        raise
    except RecursionError:
        raise ValueError(f"the {name} is nested too deeply for JSON") from None


def from_json(value: Any, headers: RecordHeaders | None = None) -> Event | None:
    """The JSON object in a record's value, or ``None`` where there is none.

    It may stand behind the id of its schema, as serializers of a schema registry write it.
    """
    if isinstance(value, (bytes, bytearray, str)):
        value, _ = read_json(value.encode() if isinstance(value, str) else bytes(value), headers)
    return value if isinstance(value, dict) else None


def read_json(value: bytes | None, headers: RecordHeaders | None = None) -> tuple[Any, str | None]:
    """The JSON in a record's value, or ``None`` and why there is none. What is JSON the native half decides."""
    from . import _run

    text, reason = _native.json_text(value, headers or [], _run.schemas())
    return (None if text is None else json.loads(text)), reason


def value_bytes(value: Any) -> bytes | None:
    """A value, or a key, as its client has read it, in bytes again."""
    if value is None or isinstance(value, bytes):
        return value
    if isinstance(value, bytearray):
        return bytes(value)
    if isinstance(value, str):
        return value.encode()
    try:
        return json.dumps(value, default=str).encode()
    except (TypeError, ValueError, RecursionError):
        return None


def key_bytes(key: bytes | str | None) -> bytes | None:
    """A record's key; text is UTF-8."""
    if key is None or isinstance(key, bytes):
        return key
    if isinstance(key, bytearray):
        return bytes(key)
    if isinstance(key, str):
        return key.encode(errors="surrogateescape")
    raise TypeError(f"key is {kind(key)}; expected text or bytes")


def header_pairs(headers: Headers | None) -> list[tuple[str, bytes | None]]:
    """A record's headers; text is UTF-8. Pairs keep their order and may repeat a name."""
    if headers is None:
        return []
    expected = "expected a mapping of names to text, bytes or None, or a list of such pairs"
    if isinstance(headers, (str, bytes)) or not isinstance(headers, Iterable):
        raise TypeError(f"headers is {kind(headers)}; {expected}")
    pairs: list[tuple[str, bytes | None]] = []
    for pair in headers.items() if isinstance(headers, Mapping) else headers:
        if not isinstance(pair, (tuple, list)) or len(pair) != 2 or not isinstance(pair[0], str):
            raise TypeError(f"headers has {pair!r}; {expected}")
        name, value = pair
        if value is not None and not isinstance(value, (str, bytes)):
            raise TypeError(f"header {name!r} is {kind(value)}; expected text, bytes or None")
        pairs.append((name, value.encode() if isinstance(value, str) else value))
    return pairs


def config_texts(name: str, configs: Mapping[str, object] | None) -> dict[str, str]:
    """Topic or broker configs as Kafka reads them: ``True`` is ``true``, numbers are text, ``None`` takes one out."""
    given = mapping(name, {} if configs is None else configs, '{"cleanup.policy": "compact"}')
    return {
        config: str(value).lower() if isinstance(value, bool) else str(value)
        for config, value in given.items()
        if value is not None
    }


def keyword_configs(configs: Mapping[str, object]) -> dict[str, object]:
    """Configs that were written as keywords: ``cleanup_policy`` is ``cleanup.policy``."""
    return {name.replace("_", "."): value for name, value in configs.items()}


def _values(value: Any, path: str, seen: frozenset[int] = frozenset()) -> Iterator[tuple[str, Any]]:
    """Every value under a path, the containers before what they hold."""
    if id(value) in seen:
        yield path, _Cycle()
        return
    yield path, value
    if isinstance(value, (dict, list, tuple)):
        seen |= {id(value)}
    if isinstance(value, dict):
        for key, item in value.items():
            if not isinstance(key, (str, int, float, bool, type(None))):
                yield f"{path} key {key!r}", _Key(type(key).__name__)
            yield from _values(item, f"{path}[{key!r}]", seen)
    elif isinstance(value, (list, tuple)):
        for index, item in enumerate(value):
            yield from _values(item, f"{path}[{index}]", seen)


class _Cycle:
    """A container that holds itself."""


class _Key(str):
    """The type of a key that is no text."""


_WAYS_OUT = {
    "datetime": ".isoformat()",
    "date": ".isoformat()",
    "time": ".isoformat()",
    "timedelta": ".total_seconds()",
    "UUID": "str(...)",
    "Decimal": "str(...)",
    "bytes": ".decode() or base64",
    "set": "a list",
    "frozenset": "a list",
}


# What JSON has.
_JSON = "text, a number, a list or a dict"


def way_out(value: Any) -> str:
    """What to give instead of something that JSON does not have."""
    if hasattr(value, "model_dump"):  # pydantic
        return '.model_dump(mode="json")'
    if is_dataclass(value):
        return "dataclasses.asdict(...)"
    if isinstance(value, Enum):
        return ".value"
    if isinstance(value, PurePath):
        return "str(...)"
    return _WAYS_OUT.get(type(value).__name__, _JSON)


def as_value(value: Any) -> str:
    """How to write as a record's value what is none by itself, for the error about it."""
    if isinstance(value, (list, tuple, int, float, set, frozenset)):
        return ": write json.dumps(...) of it, as text"
    way = way_out(value)
    return "" if way == _JSON else f": write {way}"


def _refusal(value: Any) -> str | None:
    if isinstance(value, _Cycle):
        return "is one of the containers that it stands in, and JSON has no such circles"
    if isinstance(value, _Key):
        return f"is a {value}, and keys of JSON are text: write it as text"
    if isinstance(value, (str, int, bool, dict, list, tuple, type(None))):
        return None
    if isinstance(value, float):
        finite = value == value and abs(value) != float("inf")
        return None if finite else f"is {value}, which JSON does not have: publish None or text"
    return f"is {kind(value)}, which JSON does not have: publish {way_out(value)}"
