from collections.abc import Callable, Mapping, Sequence
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
    "EventWindow",
    "FlowTracker",
    "KafkaTrialError",
    "LoadReport",
    "Record",
    "Responder",
    "SearchReport",
    "__version__",
    "create_topics",
    "delete_topics",
    "drive_load",
    "flow_index",
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
    def journal(self, since: int, timeout_seconds: float) -> tuple[list[tuple[str, str]], int, int]: ...
    def last_requests(self, since: int, clients: Sequence[str]) -> list[str]: ...
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

@final
class LoadReport:
    @property
    def verdict(self) -> str: ...
    @property
    def passed(self) -> bool: ...
    def count(self, name: str) -> int: ...
    def percentile(self, percent: float, series: str = "response") -> float | None: ...
    def to_json(self) -> str: ...
    def to_html(self, baseline: LoadReport | None = None) -> str: ...
    def to_markdown(self) -> str: ...
    def to_junit(self) -> str: ...
    def to_csv(self) -> str: ...
    def to_hlog(self) -> str: ...

@final
class SearchReport:
    @property
    def verdict(self) -> str: ...
    @property
    def passed(self) -> bool: ...
    @property
    def highest_rate(self) -> float | None: ...
    @property
    def best(self) -> LoadReport | None: ...
    def to_json(self) -> str: ...
    def to_markdown(self) -> str: ...

def drive_load(
    bootstrap_servers: str, scenario: str | None, path: str | PathLike[str], seed: int
) -> LoadReport | SearchReport: ...

@final
class EventWindow:
    @staticmethod
    def open(bootstrap_servers: str, timeout_seconds: float) -> EventWindow: ...
    def expect(self, expected: object, count: int, timeout_seconds: float) -> list[Record]: ...
    def expect_none(self, expected: object, during_seconds: float) -> None: ...
    def all(self, topic: str) -> list[Record]: ...

@final
class FlowTracker:
    @staticmethod
    def connect(
        bootstrap_servers: str,
        broker: Broker | None,
        locators: Sequence[str],
        update_golden: bool,
        timeout_seconds: float,
    ) -> FlowTracker: ...
    def follow(
        self,
        id: str,
        topics: Sequence[str],
        dead_letters: Sequence[str] | None,
        group: str | None,
        within_seconds: float | None,
        expected: str,
        timeout_seconds: float,
    ) -> tuple[str, str, str, list[bytes | None]]: ...
    def reports(self, width: int, repeat: str) -> list[str]: ...
    def blocking_clients(self) -> list[str]: ...
    def write(self, folder: str | PathLike[str], test: str) -> list[Path]: ...

def flow_index(folder: str | PathLike[str]) -> Path: ...

@final
class Responder:
    @staticmethod
    def start(
        bootstrap_servers: str,
        request_topic: str,
        response_topic: str,
        handler: Callable[[bytes | None, bytes | None], tuple[bytes | None, bytes] | None],
    ) -> Responder: ...
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
