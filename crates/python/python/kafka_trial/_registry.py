"""The schema registry of a run, as tests use it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from os import PathLike
from pathlib import Path
from typing import Any, Literal, NamedTuple
from uuid import uuid4

from . import _native
from ._arguments import kind, number, seconds, text
from ._values import header_pairs

__all__ = ["RegistryFault", "SchemaRegistry", "SchemaVersion", "assert_compatible"]

#: The three languages, as registries name them.
SchemaType = Literal["AVRO", "JSON", "PROTOBUF"]
#: A schema: its text, a dict for Avro and JSON Schema, or the path of a file.
Schema = str | Mapping[str, Any] | PathLike[str]
_ALWAYS = 2**64 - 1
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


class RegistryFault:
    """A fault of the embedded schema registry: what :meth:`SchemaRegistry.fault` gives to its block."""

    def __init__(self, native: _native.SchemaRegistry) -> None:
        self._native = native
        self._fired: int | None = None
        #: Its name, in the message of a fault that never acted.
        self.name = f"fault-{uuid4().hex[:8]}"

    @property
    def fired(self) -> int:
        """How many requests it has acted on."""
        return self._native.fired_fault(self.name) if self._fired is None else self._fired

    def _end(self) -> str | None:
        self._fired, idle = self._native.disarm_fault(self.name)
        return idle


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

    @contextmanager
    def fault(
        self,
        method: str | None = None,
        path: str | None = None,
        *,
        status: int = 500,
        error_code: int = 50001,
        unknown_id: int | None = None,
        delay: float | None = None,
        cut: bool = False,
        times: int | None = 1,
        nth: int | None = None,
        every: int | None = None,
        must_fire: bool = True,
    ) -> Iterator[RegistryFault]:
        """Make the embedded registry fail while a block runs.

        The fault acts on the next request with this ``method`` and ``path``, in which ``*`` stands for any text; on
        more by ``times`` (``None``: all), on one by ``nth``, on each so many by ``every``. It answers with ``status``
        and ``error_code``; with ``delay`` it answers so many seconds later; with ``cut`` it closes the connection; with
        ``unknown_id`` it does not know this schema id. A fault that never acts fails the test, unless
        ``must_fire=False``. Skips the test on a registry that runs elsewhere.

        >>> from kafka_trial import SchemaRegistry
        >>> with SchemaRegistry.start() as registry, registry.fault("GET", "/subjects", status=503) as fault:
        ...     try:
        ...         registry.subjects()
        ...     except Exception as error:
        ...         fault.fired
        1
        """
        if not self.is_embedded:
            import pytest

            pytest.skip(f"kafka_schema_registry.fault needs the embedded registry, and this one is {self.url}")
        chosen = [
            name
            for name, used in (("unknown_id", unknown_id is not None), ("delay", delay is not None), ("cut", cut))
            if used
        ]
        if len(chosen) > 1:
            raise ValueError(f"{' and '.join(chosen)}: expected one of them")
        many = [name for name, used in (("nth", nth is not None), ("every", every is not None)) if used]
        if len(many) > 1:
            raise ValueError("nth and every: expected one of them")
        first = 1 if nth is None else number("nth", nth, 1)
        last = first if nth is not None else _ALWAYS if times is None else number("times", times, 1)
        fault = RegistryFault(self._native)
        self._native.arm_fault(
            fault.name,
            chosen[0] if chosen else "error",
            number("status", status, 400, 599),
            number("error_code", error_code, 0, 2**32 - 1),
            0 if unknown_id is None else number("unknown_id", unknown_id),
            0.0 if delay is None else seconds("delay", delay),
            None if method is None else text("method", method),
            None if path is None else text("path", path),
            first,
            last,
            0 if every is None else number("every", every, 1),
        )
        try:
            yield fault
        except BaseException:
            fault._end()
            raise
        idle = fault._end()
        if must_fire and idle is not None:
            raise AssertionError(idle)

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
        raise TypeError(f"schema is {kind(schema)}; expected its text, a dict or a path")
    return type or "AVRO", schema, list(references)
