"""The schema registry of a run, as tests use it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from os import PathLike
from pathlib import Path
from typing import Any, Literal, NamedTuple

from . import _native
from ._arguments import kind, number, text
from ._values import header_pairs

__all__ = ["SchemaRegistry", "SchemaVersion", "assert_compatible"]

#: The three languages, as registries name them.
SchemaType = Literal["AVRO", "JSON", "PROTOBUF"]
#: A schema: its text, a dict for Avro and JSON Schema, or the path of a file.
Schema = str | Mapping[str, Any] | PathLike[str]
_BY_SUFFIX: dict[str, SchemaType] = {".avsc": "AVRO", ".json": "JSON", ".proto": "PROTOBUF"}


class SchemaVersion(NamedTuple):
    """A version of a subject."""

    subject: str
    #: Its number in the subject.
    version: int
    #: The id of its schema.
    id: int
    #: ``AVRO``, ``JSON`` or ``PROTOBUF``.
    type: str
    #: The text of the schema.
    schema: str


class SchemaRegistry:
    """The fixture ``kafka_schema_registry``: the embedded registry, or the one ``TEST_SCHEMA_REGISTRY_URL`` names.

    Values that it has schemas of are decoded wherever a test reads them.

    >>> from kafka_trial import SchemaRegistry
    >>> with SchemaRegistry.start() as registry:
    ...     id = registry.register("orders-value", {"type": "array", "items": "long"})
    ...     registry.decode(registry.encode("orders-value", [2**53 + 1]))
    [9007199254740993]
    """

    def __init__(self, native: _native.SchemaRegistry, schemas: _native.Schemas | None = None) -> None:
        self._native = native
        if schemas is None:
            schemas = _native.Schemas()
            native.decode_for(schemas)
        self._schemas = schemas
        #: The subjects that were registered and configured here.
        self._registered: set[str] = set()
        self._configured: set[str | None] = set()

    @classmethod
    def start(cls) -> SchemaRegistry:
        """Start an empty embedded registry on a free port."""
        return cls(_native.SchemaRegistry.start())

    @classmethod
    def at(cls, url: str) -> SchemaRegistry:
        """Use the registry at a URL, ``http://user:password@host:8081``; several are separated by commas."""
        return cls(_native.SchemaRegistry.at(text("url", url)))

    def __enter__(self) -> SchemaRegistry:
        return self

    def __exit__(self, *_: object) -> None:
        del self._native, self._schemas

    @property
    def url(self) -> str:
        """The URL for serializers: ``SchemaRegistryClient({"url": kafka_schema_registry.url})``."""
        return self._native.url

    @property
    def is_embedded(self) -> bool:
        """Whether it runs in this process."""
        return self._native.is_embedded

    def register(
        self,
        subject: str,
        schema: Schema,
        *,
        type: SchemaType | None = None,
        references: Sequence[tuple[str, str, int]] = (),
    ) -> int:
        """Register a schema and return its id; ``Refused`` names the mistake, or what is not compatible.

        ``type`` is by default that of the file's name, else Avro. ``references`` are names, subjects and versions.
        """
        id = self._native.register(text("subject", subject), _parts(schema, type, references))
        self._registered.add(subject)
        return id

    def load(self, folder: str | PathLike[str]) -> None:
        """Register the schemas of a folder: ``orders-value.avsc``, ``.json``, ``.proto``, ``orders-value/v1.avsc``.

        ``Refused`` names each file that is no schema or not compatible, with the reason; the others are registered.
        """
        if refused := self._load(folder):
            raise _errors()("the schema registry refuses:\n  " + "\n  ".join(refused))

    def _load(self, folder: str | PathLike[str]) -> list[str]:
        registered, refused = self._native.load_folder(folder)
        self._registered.update(subject for subject, _ in registered)
        return [f"{path}: {why}" for path, why in refused]

    def lookup(
        self,
        subject: str,
        schema: Schema,
        *,
        type: SchemaType | None = None,
        references: Sequence[tuple[str, str, int]] = (),
    ) -> SchemaVersion:
        """Return the version of a subject that has this schema; ``Refused`` where there is none."""
        return SchemaVersion(*self._native.lookup(text("subject", subject), _parts(schema, type, references)))

    def version(self, subject: str, version: int | None = None) -> SchemaVersion:
        """Return a version of a subject, the latest without a number."""
        wanted = None if version is None else number("version", version, 1)
        return SchemaVersion(*self._native.version(text("subject", subject), wanted))

    def versions(self, subject: str) -> list[int]:
        """Return the numbers of a subject's versions."""
        return self._native.versions(text("subject", subject))

    def subjects(self) -> list[str]:
        """Return the names of all subjects."""
        return self._native.subjects()

    def delete(self, subject: str) -> None:
        """Delete a subject; the ids of its schemas still lead to them, so that records stay readable."""
        self._native.delete(text("subject", subject))

    def set_compatibility(self, level: str, subject: str | None = None) -> None:
        """Set the compatibility level of a subject, or of all that have none: ``BACKWARD``, ``FULL``, ``NONE``, ..."""
        self._native.set_compatibility(None if subject is None else text("subject", subject), text("level", level))
        self._configured.add(subject)

    def assert_compatible(
        self,
        subject: str,
        schema: Schema,
        *,
        type: SchemaType | None = None,
        references: Sequence[tuple[str, str, int]] = (),
    ) -> None:
        """Fail with every reason if a schema cannot be the next version of a subject, by the level of that."""
        __tracebackhide__ = True  # the test is what failed
        parts = _parts(schema, type, references)
        reasons = self._native.incompatibilities(text("subject", subject), parts)
        if reasons:
            raise AssertionError(f"the schema cannot be the next version of {subject}:\n  " + "\n  ".join(reasons))

    def encode(self, schema: str | int, value: object, *, message: str | None = None) -> bytes:
        """Return a value in Confluent's wire format, by a subject's latest schema or by the schema of an id.

        ``message`` names the type of a Protobuf file; its first by default. ``Invalid`` says where the value does not
        fit.
        """
        body = json.dumps(value, allow_nan=False)
        if isinstance(schema, int):
            return self._native.encode(None, schema, body, message)
        return self._native.encode(text("schema", schema), 0, body, message)

    def decode(self, value: bytes, headers: Any = None) -> Any:
        """Return what is in a value, by the schema that it, or a header, names; ``ValueError`` says why it cannot."""
        decoded, reason = _native.json_text(value, header_pairs(headers), self._schemas)
        if decoded is None:
            raise ValueError(reason)
        return json.loads(decoded)

    def _clear(self, before: Sequence[str]) -> None:
        """Delete what a test has left: in the embedded registry all new subjects, else those that were made here."""
        mine = {name for name in self.subjects() if name not in before}
        if not self.is_embedded:
            mine &= self._registered
        # A subject may be needed by another one.
        for subject in sorted(mine, reverse=True):
            try:
                self.delete(subject)
            except _errors() as error:
                if getattr(error, "code", None) not in ("40401", "42206"):
                    raise
        for configured in self._configured:
            self._native.reset_compatibility(configured)

    def __repr__(self) -> str:
        return f"SchemaRegistry({self.url})"


def assert_compatible(old: Schema, new: Schema, *, level: str = "BACKWARD", type: SchemaType | None = None) -> None:
    """Fail with every reason if ``new`` may not follow ``old`` by a compatibility level. No registry is needed.

    >>> from kafka_trial import assert_compatible
    >>> assert_compatible('"int"', '"long"')
    """
    __tracebackhide__ = True  # the test is what failed
    reasons = _native.check_compatible(_parts(old, type), _parts(new, type), text("level", level))
    if reasons:
        raise AssertionError(f"the schemas are not compatible by {level}:\n  " + "\n  ".join(reasons))


def _errors() -> type[Exception]:
    from ._errors import Refused

    return Refused


def _parts(
    schema: Schema, type: SchemaType | None, references: Sequence[tuple[str, str, int]] = ()
) -> tuple[str, str, list[tuple[str, str, int]]]:
    """The type, the text and the references of a schema, as the native half reads them."""
    if isinstance(schema, PathLike):
        path = Path(schema)
        by_name = _BY_SUFFIX.get(path.suffix)
        if type is None and by_name is None:
            raise ValueError(f"{path} is named neither .avsc, .json nor .proto: say type=")
        return type or by_name or "AVRO", path.read_text(encoding="utf-8"), list(references)
    if isinstance(schema, Mapping):
        return type or "AVRO", json.dumps(schema), list(references)
    if not isinstance(schema, str):
        raise TypeError(f"schema is {kind(schema)}; its text, a dict or a path is expected")
    return type or "AVRO", schema, list(references)
