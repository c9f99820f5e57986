"""Events: JSON objects as record values."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

Event = dict[str, Any]


def to_json(event: Any) -> bytes:
    """An event as bytes. ``TypeError`` or ``ValueError`` names the field that JSON cannot carry, and the way out."""
    try:
        return json.dumps(event, allow_nan=False, separators=(",", ":")).encode()
    except (TypeError, ValueError) as error:
        for path, value in _values(event, "event"):
            if reason := _refusal(value):
                raise type(error)(f"{path} {reason}") from None
        raise


def from_json(value: Any) -> Event | None:
    """The JSON object in a record's value, or ``None`` where there is none.

    It may stand behind the id of its JSON Schema, as serializers of a schema registry write it.
    """
    if isinstance(value, (bytes, bytearray)) and value[:1] == b"\0":
        value = value[5:]
    if isinstance(value, (bytes, bytearray, str)):
        try:
            value = json.loads(value)
        except ValueError:
            return None
    return value if isinstance(value, dict) else None


def _values(value: Any, path: str, seen: frozenset[int] = frozenset()) -> Iterator[tuple[str, Any]]:
    """Every value under a path, the containers before what they hold."""
    yield path, value
    if id(value) in seen:
        return
    seen |= {id(value)}
    if isinstance(value, dict):
        for key, item in value.items():
            if not isinstance(key, (str, int, float, bool, type(None))):
                yield f"{path} key {key!r}", key
            yield from _values(item, f"{path}[{key!r}]", seen)
    elif isinstance(value, (list, tuple)):
        for index, item in enumerate(value):
            yield from _values(item, f"{path}[{index}]", seen)


_WAYS_OUT = {
    "datetime": "publish .isoformat()",
    "date": "publish .isoformat()",
    "UUID": "publish str(...)",
    "Decimal": "publish str(...)",
    "bytes": "publish .decode() or base64",
    "set": "publish a list",
}


def _refusal(value: Any) -> str | None:
    if isinstance(value, (str, int, bool, dict, list, tuple, type(None))):
        return None
    if isinstance(value, float):
        finite = value == value and abs(value) != float("inf")
        return None if finite else f"is {value}, which JSON does not have: publish None or text"
    kind = type(value).__name__
    way_out = _WAYS_OUT.get(kind, "publish text, a number, a list or a dict")
    return f"is a {kind}, which JSON does not have: {way_out}"
