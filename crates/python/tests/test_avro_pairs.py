"""Random pairs of Avro schemas: what Apache Avro's own rules say of them, and what the registry says.

``KAFKA_TRIAL_AVRO_PAIRS`` sets how many pairs, and ``KAFKA_TRIAL_AVRO_SEED`` which.
"""

from __future__ import annotations

import json
import os
from random import Random
from typing import Any

import pytest

from kafka_trial import assert_compatible

avro_schema = pytest.importorskip("avro.schema")
avro_compatibility = pytest.importorskip("avro.compatibility")

PAIRS = int(os.environ.get("KAFKA_TRIAL_AVRO_PAIRS", "400"))
SEED = int(os.environ.get("KAFKA_TRIAL_AVRO_SEED", "1"))
PRIMITIVES = ["null", "boolean", "int", "long", "float", "double", "bytes", "string"]
SYMBOLS = ["A", "B", "C", "D"]
DEFAULTS = {
    "null": None,
    "boolean": True,
    "int": 1,
    "long": 1,
    "float": 1.5,
    "double": 1.5,
    "bytes": "x",
    "string": "x",
}


class Schemas:
    """Draws a schema. Named types get a name of their own, so that each is defined once."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self._names = 0

    def _name(self) -> str:
        self._names += 1
        return f"T{self._names}"

    def draw(self, depth: int = 3) -> Any:
        kinds = ["primitive"] * 4 + (["array", "map", "enum", "fixed", "record", "union"] if depth else [])
        match self.random.choice(kinds):
            case "array":
                return {"type": "array", "items": self.draw(depth - 1)}
            case "map":
                return {"type": "map", "values": self.draw(depth - 1)}
            case "enum":
                return {"type": "enum", "name": self._name(), "symbols": self._some(SYMBOLS)}
            case "fixed":
                return {"type": "fixed", "name": self._name(), "size": self.random.randint(1, 2)}
            case "record":
                names = self._some(["a", "b", "c"])
                return {"type": "record", "name": self._name(), "fields": [self._field(name, depth) for name in names]}
            case "union":
                return self._some(PRIMITIVES)
            case _:
                return self.random.choice(PRIMITIVES)

    def _field(self, name: str, depth: int) -> dict[str, Any]:
        kind = self.draw(depth - 1)
        field = {"name": name, "type": kind}
        first = kind[0] if isinstance(kind, list) else kind
        if isinstance(first, str) and self.random.random() < 0.5:
            field["default"] = DEFAULTS[first]
        return field

    def _some(self, of: list[str]) -> list[str]:
        return sorted(self.random.sample(of, self.random.randint(1, min(3, len(of)))))

    def changed(self, schema: Any) -> Any:
        """A schema that somebody could make of this one; often the same."""
        if self.random.random() < 0.1:
            return self.random.choice(PRIMITIVES)
        if isinstance(schema, str):
            return self.random.choice(PRIMITIVES) if self.random.random() < 0.3 else schema
        if isinstance(schema, list):
            return self._some(PRIMITIVES) if self.random.random() < 0.5 else schema
        new = dict(schema)
        for key in ("items", "values"):
            if key in new:
                new[key] = self.changed(new[key])
        if new["type"] == "enum" and self.random.random() < 0.5:
            new["symbols"] = self._some(SYMBOLS)
        if new["type"] == "enum" and self.random.random() < 0.3:
            new["default"] = new["symbols"][0]
        if new["type"] == "fixed" and self.random.random() < 0.3:
            new["size"] = self.random.randint(1, 2)
        if new["type"] == "record":
            new["fields"] = [self._changed_field(field) for field in new["fields"] if self.random.random() < 0.8]
            if self.random.random() < 0.4:
                new["fields"].append(self._field("z", 1))
        if "name" in new and self.random.random() < 0.1:
            new["name"] = f"Other{new['name']}"
        return new

    def _changed_field(self, field: dict[str, Any]) -> dict[str, Any]:
        kind = self.changed(field["type"])
        return {**field, "type": kind} if kind == field["type"] else {"name": field["name"], "type": kind}


def ours(writer: str, reader: str) -> str | None:
    try:
        assert_compatible(writer, reader, level="BACKWARD", type="AVRO")
    except AssertionError as error:
        return str(error)
    return None


def test_pairs_are_compatible_where_avro_says_so() -> None:
    schemas = Schemas(Random(SEED))
    differ, compatible, seen = [], 0, 0
    while seen < PAIRS:
        old = schemas.draw()
        new = schemas.changed(old)
        writer, reader = json.dumps(old), json.dumps(new)
        try:
            parsed = avro_schema.parse(writer), avro_schema.parse(reader)
        except avro_schema.AvroException:
            continue
        seen += 1
        checker = avro_compatibility.ReaderWriterCompatibilityChecker()
        result = checker.get_compatibility(parsed[1], parsed[0])
        theirs = result.compatibility is avro_compatibility.SchemaCompatibilityType.compatible
        compatible += theirs
        refused = ours(writer, reader)
        if theirs != (refused is None):
            differ.append(f"{writer} -> {reader}\n  Avro: {result.messages or 'compatible'}\n  ours: {refused}")
    assert not differ, f"{len(differ)} of {PAIRS} pairs of seed {SEED} differ:\n" + "\n".join(differ[:3])
    assert PAIRS // 10 < compatible < PAIRS * 9 // 10, "the pairs are of both kinds"
