from collections.abc import Mapping, Sequence
from os import PathLike
from pathlib import Path
from typing import Any, final

__all__ = [
    "BOOTSTRAP_VARIABLE",
    "CONSUMER_GROUP_PREFIX",
    "DEFAULT_BOOTSTRAP",
    "DEFAULT_PARTITIONS",
    "DEFAULT_TOPICS",
    "REGISTRY_VARIABLE",
    "Broker",
    "Codegen",
    "KafkaTrialError",
    "Record",
    "__version__",
    "create_topics",
    "delete_topics",
    "probe",
    "scaffold",
    "track_event_flow",
]

__version__: str
BOOTSTRAP_VARIABLE: str
REGISTRY_VARIABLE: str
DEFAULT_BOOTSTRAP: str
CONSUMER_GROUP_PREFIX: str
DEFAULT_TOPICS: list[tuple[str, str]]
DEFAULT_PARTITIONS: int

class KafkaTrialError(Exception): ...

@final
class Record:
    @property
    def topic(self) -> str: ...
    @property
    def partition(self) -> int: ...
    @property
    def offset(self) -> int: ...
    @property
    def timestamp(self) -> int: ...
    @property
    def key(self) -> bytes | None: ...
    @property
    def value(self) -> bytes | None: ...
    @property
    def headers(self) -> list[tuple[str, bytes | None]]: ...

@final
class Broker:
    @staticmethod
    def start(
        *,
        brokers: int,
        host: str,
        port: int,
        advertised_host: str | None,
        topics: Sequence[tuple[str, int]],
        properties: Mapping[str, str],
        seed: int | None,
        api: str | None,
    ) -> Broker: ...
    @property
    def bootstrap_servers(self) -> str: ...
    @property
    def ignored_properties(self) -> list[str]: ...
    def create_topic(self, name: str, partitions: int, configs: Mapping[str, str]) -> None: ...
    def records(self, topic: str, partition: int | None, start: int) -> list[Record]: ...
    def compact(self, topic: str) -> None: ...
    def produce(
        self,
        topic: str,
        partition: int,
        key: bytes | None,
        value: bytes | None,
        headers: Sequence[tuple[str, bytes]],
        timeout_seconds: float,
    ) -> Record: ...
    def stop_broker(self, broker_id: int) -> None: ...
    def start_broker(self, broker_id: int) -> None: ...
    def move_leader(self, topic: str, partition: int, broker_id: int) -> None: ...
    def stop(self) -> None: ...

@final
class Codegen:
    @staticmethod
    def start(bootstrap_servers: str) -> Codegen: ...
    @property
    def handled(self) -> int: ...
    @property
    def last_error(self) -> str | None: ...
    def stop(self) -> None: ...

def probe(bootstrap_servers: str, timeout_seconds: float) -> str | None: ...
def create_topics(
    bootstrap_servers: str,
    topics: Sequence[str],
    num_partitions: int,
    replication_factor: int,
    configs: Mapping[str, str],
) -> None: ...
def delete_topics(bootstrap_servers: str, topics: Sequence[str]) -> None: ...
def scaffold(folder: str | PathLike[str], force: bool) -> list[Path]: ...
def track_event_flow(
    bootstrap_servers: str,
    correlation_id: str,
    request_topic: str,
    response_topic: str,
    timeout_seconds: float,
) -> dict[str, Any]: ...
