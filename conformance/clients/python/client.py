"""What the driver asks of a client."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

#: How long a client may take for one thing.
LIMIT_SECONDS = 50.0


class Unsupported(Exception):
    """The client has no such thing."""


class Member(Protocol):
    """A consumer in a group."""

    def poll(self) -> list[bytes]: ...
    def assignment(self) -> Iterable[int]: ...
    def commit(self) -> None: ...
    def close(self) -> None: ...


class Client(Protocol):
    version: str

    def create(self, topic: str, partitions: int) -> None: ...
    def topics(self) -> Iterable[str]: ...
    def delete(self, topic: str) -> None: ...
    def produce(self, topic: str, partition: int, codec: str, values: list[bytes]) -> None: ...
    def member(self, topic: str, group: str) -> Member: ...
