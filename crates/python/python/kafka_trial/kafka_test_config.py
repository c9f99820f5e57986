"""Where tests find Kafka, the default topics, and what test clients are set to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Literal, TypedDict

from . import _run
from ._arguments import text

__all__ = ["AdminConfig", "ConsumerConfig", "KafkaTestConfig", "ProducerConfig"]


class ConsumerConfig(TypedDict):
    """What :meth:`KafkaTestConfig.get_consumer_config` returns; the keys are kafka-python's."""

    bootstrap_servers: str
    group_id: str
    auto_offset_reset: str
    enable_auto_commit: bool
    max_poll_records: int
    session_timeout_ms: int
    heartbeat_interval_ms: int


class ProducerConfig(TypedDict):
    """What :meth:`KafkaTestConfig.get_producer_config` returns; the keys are kafka-python's."""

    bootstrap_servers: str
    acks: str
    retries: int
    max_in_flight_requests_per_connection: int


class AdminConfig(TypedDict):
    """What :meth:`KafkaTestConfig.get_admin_config` returns; the keys are kafka-python's."""

    bootstrap_servers: str
    client_id: str


class _Dynamic(type):
    """Class attributes that are read on every access. What a subclass or a test sets wins."""

    _READERS: ClassVar[dict[str, Callable[[], object]]] = {
        "BOOTSTRAP_SERVERS": _run.bootstrap_servers,
        "SCHEMA_REGISTRY_URL": _run.schema_registry_url,
        "CONSUMER_GROUP_PREFIX": _run.group_prefix,
        "DEFAULT_TOPICS": _run.default_topics,
    }

    def __getattr__(cls, name: str) -> Any:
        reader = _Dynamic._READERS.get(name)
        if reader is None:
            raise AttributeError(f"{cls.__name__} has no attribute {name!r}")
        return reader()


class KafkaTestConfig(metaclass=_Dynamic):
    """The configuration of a test run.

    ``BOOTSTRAP_SERVERS`` is, in this order: ``--kafka-trial-bootstrap``, ``TEST_KAFKA_BOOTSTRAP_SERVERS`` (empty is
    unset), the ini key ``kafka_trial_bootstrap``, the embedded broker (in pytest, started on first use),
    ``localhost:19092``. ``SCHEMA_REGISTRY_URL`` is ``TEST_SCHEMA_REGISTRY_URL``, else in pytest that of an embedded
    registry, which starts on first use, else ``None``.
    """

    BOOTSTRAP_SERVERS: ClassVar[str]
    SCHEMA_REGISTRY_URL: ClassVar[str | None]
    CONSUMER_GROUP_PREFIX: ClassVar[str]
    #: Reading it makes the topics exist on an embedded broker.
    DEFAULT_TOPICS: ClassVar[dict[str, str]]

    @classmethod
    def get_group_id(cls, group: str) -> str:
        """The whole id of a group: ``<CONSUMER_GROUP_PREFIX>-<group>``, or ``group`` when it begins so already."""
        prefix, group = cls.CONSUMER_GROUP_PREFIX, text("group", group)
        return f"{prefix}-{group}" if prefix and not group.startswith(f"{prefix}-") else group

    @classmethod
    def get_consumer_config(cls, group: str) -> ConsumerConfig:
        """The settings of a consumer in the group that :meth:`get_group_id` names."""
        return {
            "bootstrap_servers": cls.BOOTSTRAP_SERVERS,
            "group_id": cls.get_group_id(group),
            "auto_offset_reset": "earliest",
            "enable_auto_commit": True,
            "max_poll_records": 100,
            "session_timeout_ms": 30000,
            "heartbeat_interval_ms": 10000,
        }

    @classmethod
    def get_producer_config(cls) -> ProducerConfig:
        """The settings of a producer."""
        return {
            "bootstrap_servers": cls.BOOTSTRAP_SERVERS,
            "acks": "all",
            "retries": 3,
            "max_in_flight_requests_per_connection": 1,
        }

    @classmethod
    def get_admin_config(cls) -> AdminConfig:
        """The settings of an admin client."""
        return {"bootstrap_servers": cls.BOOTSTRAP_SERVERS, "client_id": cls.get_group_id("admin")}

    @classmethod
    def as_client(
        cls, cfg: Mapping[str, object], client: Literal["kafka-python", "aiokafka", "confluent"]
    ) -> dict[str, Any]:
        """Translate settings of this class for another client; settings that it does not have are left out."""
        if client == "kafka-python":
            return dict(cfg)
        if client == "aiokafka":
            config = dict(cfg)
            for unknown in ("retries", "max_in_flight_requests_per_connection"):
                config.pop(unknown, None)
            return config
        if client == "confluent":
            return {key.replace("_", "."): value for key, value in cfg.items() if key != "max_poll_records"}
        raise ValueError(f"client={client!r}: 'kafka-python', 'aiokafka' or 'confluent' expected")
