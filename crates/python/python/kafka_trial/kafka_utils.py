"""Connectivity, topics, publishing, consuming and tracking by correlation id, on any cluster."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypedDict, cast
from uuid import uuid4
from weakref import WeakKeyDictionary

from . import _native, _run
from ._arguments import identifier, kind, number, seconds, text, texts
from ._awaited import awaited
from ._broker import ExternalKafka
from ._clients import AnyConsumer, AnyProducer, Position, poll, send
from ._misses import Miss, partitions_of
from ._values import Event, Headers, config_texts, from_json, header_pairs, key_bytes, to_json, value_bytes, way_out
from ._waiting import blocks, twin
from .kafka_test_config import KafkaTestConfig

__all__ = [
    "Event",
    "FlowHop",
    "FlowTracking",
    "PublishedEvent",
    "atrack_event_flow",
    "await_for_kafka",
    "consume_response",
    "create_test_topics",
    "delete_test_topics",
    "publish_test_event",
    "track_event_flow",
    "verify_kafka_connectivity",
    "wait_for_kafka",
]


def verify_kafka_connectivity(bootstrap_servers: str | None = None, timeout_seconds: float = 5.0) -> bool:
    """Return whether a cluster answers. No client is made, so nothing can leak."""
    return _native.probe(_servers(bootstrap_servers), seconds("timeout_seconds", timeout_seconds)) is None


@blocks("await_for_kafka")
def wait_for_kafka(
    max_retries: int = 10,
    delay_seconds: float = 2.0,
    *,
    backoff: float = 1.5,
    bootstrap_servers: str | None = None,
    sleep: Callable[[float], None] = time.sleep,
) -> bool:
    """Wait until a cluster answers; the pause between attempts grows by ``backoff``: 2 s, 3 s, 4.5 s, ..."""
    servers = _servers(bootstrap_servers)
    number("max_retries", max_retries), seconds("delay_seconds", delay_seconds)
    for attempt in range(max_retries):
        if attempt > 0:
            sleep(delay_seconds)
            delay_seconds *= backoff
        if verify_kafka_connectivity(servers):
            return True
    return False


await_for_kafka = twin(wait_for_kafka)


def create_test_topics(
    topics: Iterable[str] | None = None,
    num_partitions: int = 3,
    replication_factor: int = 1,
    *,
    bootstrap_servers: str | None = None,
    configs: Mapping[str, object] | None = None,
) -> bool:
    """Create topics, by default the eight default topics, and wait until they have leaders.

    Topics that exist are left as they are. What Kafka refuses (a name, a config, a count) is a ``KafkaTrialError``
    with Kafka's reason; an unreachable cluster a ``ConnectionError``.
    """
    _native.create_topics(
        _servers(bootstrap_servers),
        _names(topics),
        number("num_partitions", num_partitions, -1),
        number("replication_factor", replication_factor, -1),
        config_texts("configs", configs),
    )
    return True


def delete_test_topics(topics: Iterable[str] | None = None, *, bootstrap_servers: str | None = None) -> bool:
    """Delete topics, by default the eight default topics. Topics that do not exist are skipped."""
    _native.delete_topics(_servers(bootstrap_servers), _names(topics))
    return True


@dataclass(frozen=True)
class PublishedEvent(Position):
    """An event that the cluster has."""

    correlation_id: str
    event: Event


@awaited
async def publish_test_event(
    producer: AnyProducer,
    topic: str,
    event: Event,
    correlation_id: str | None = None,
    *,
    key: bytes | str | None = None,
    headers: Headers | None = None,
    timeout_seconds: float = 10.0,
) -> PublishedEvent:
    """Publish a copy of an event with its correlation id and wait until the cluster has it.

    Without ``correlation_id`` the event keeps its own, or gets a new one. The id is the record's key too, unless
    ``key`` is given. The producer is kafka-python's, aiokafka's or confluent-kafka's.
    """
    if not isinstance(event, Mapping):
        instead = "" if event is None else f": publish {way_out(event)}" if hasattr(event, "__dict__") else ""
        raise TypeError(f"publish_test_event got {kind(event)} as event; expected a dict{instead}")
    text("topic", topic)
    seconds("timeout_seconds", timeout_seconds)
    sent = dict(event)
    if correlation_id is not None:
        sent["correlation_id"] = identifier("correlation_id", correlation_id)
    elif not sent.get("correlation_id"):
        sent["correlation_id"] = str(uuid4())
    position = await send(
        producer,
        topic,
        sent,
        to_json,
        key=str(sent["correlation_id"]).encode() if key is None else key_bytes(key),
        headers=header_pairs(headers),
        timeout_seconds=timeout_seconds,
        function="publish_test_event",
    )
    return PublishedEvent(
        position.topic, position.partition, position.offset, position.timestamp, str(sent["correlation_id"]), sent
    )


@dataclass(frozen=True)
class _Read:
    """A record that a consumer read past: its ids in the order of trust, and the event in it."""

    place: str
    ids: list[str]
    event: Event | None


# Records that a consumer read past while it looked for another id; they go with their consumer.
_read_past: WeakKeyDictionary[Any, deque[_Read]] = WeakKeyDictionary()
_READ_PAST_LIMIT = 10_000


@awaited
async def consume_response(
    consumer: AnyConsumer,
    correlation_id: str,
    timeout_seconds: float = 10.0,
    *,
    correlation_field: str = "correlation_id",
) -> Event | None:
    """Return the event with this correlation id, or ``None`` when the time is over.

    The id is found wherever flows find one: in a header, in the value or as the key; ``correlation_field``, a field at
    the top of the value, comes first. Events with other ids are kept for later calls with the same consumer, so the
    order of waiting does not matter. The consumer is kafka-python's, aiokafka's or confluent-kafka's.
    """
    wanted = identifier("correlation_id", correlation_id)
    seconds("timeout_seconds", timeout_seconds)
    finder = _finder(text("correlation_field", correlation_field))
    try:
        kept = _read_past.setdefault(consumer, deque(maxlen=_READ_PAST_LIMIT))
    except TypeError:  # a client that cannot be weakly referenced
        kept = deque(maxlen=_READ_PAST_LIMIT)
    for old in kept:
        if old.event is not None and (wanted in old.ids or str(old.event.get(correlation_field)) == wanted):
            kept.remove(old)
            return old.event
    deadline = time.monotonic() + timeout_seconds
    found: Event | None = None
    while found is None and (left := deadline - time.monotonic()) > 0:
        for message in await poll(consumer, left, function="consume_response"):
            ids = finder.find(value_bytes(message.key), value_bytes(message.value), message.headers)
            event = from_json(message.value, message.headers)
            if found is None and event is not None and wanted in ids:
                found = event
            else:
                kept.append(_Read(f"{message.topic}-{message.partition}@{message.offset}", ids, event))
    if found is None and _run.active is not None:
        miss = Miss(wanted, correlation_field, timeout_seconds, partitions_of(consumer))
        for other in kept:
            miss.saw(other.place, other.ids, is_event=other.event is not None)
        _run.active.misses.append(miss)
    return found


def _finder(correlation_field: str) -> _native.IdFinder:
    locators = [] if _run.active is None else _run.active.locators
    if correlation_field == "correlation_id":  # it is one of the usual places
        return _native.IdFinder(locators, _run.schemas())
    pointer = correlation_field.replace("~", "~0").replace("/", "~1")
    return _native.IdFinder([f"$message.payload#/{pointer}", *locators], _run.schemas())


class FlowHop(TypedDict):
    """A record of a flow. ``matched_by`` is ``value``, ``key`` or ``header``: where the correlation id stood."""

    topic: str
    partition: int
    offset: int
    timestamp: int
    matched_by: str


class FlowTracking(TypedDict):
    """Both sides of a flow, as :func:`track_event_flow` found them.

    ``duration_ms`` is from the request's append to the response's: by the broker's clock where it is embedded,
    otherwise by the records' own timestamps.
    """

    correlation_id: str
    request_found: bool
    response_found: bool
    duration_ms: float | None
    request_event: Event | None
    response_event: Event | None
    hops: list[FlowHop]


@blocks("atrack_event_flow")
def track_event_flow(
    correlation_id: str,
    request_topic: str,
    response_topic: str,
    timeout_seconds: float = 30.0,
    *,
    bootstrap_servers: str | None = None,
) -> FlowTracking:
    """Follow a correlation id until its request and its response are found or the time is over.

    A miss is a result, not an error; when the test fails, its report has the verdict. Reading joins no group, so
    nothing that other consumers see changes.
    """
    wanted = identifier("correlation_id", correlation_id)
    text("request_topic", request_topic), text("response_topic", response_topic)
    seconds("timeout_seconds", timeout_seconds)
    servers, run = _servers(bootstrap_servers), _run.active
    kafka = ExternalKafka(servers) if run is None else run.broker()
    if kafka.bootstrap_servers != servers:
        kafka = ExternalKafka(servers)
    locators, update_golden = ([], False) if run is None else (run.locators, run.update_golden)
    followed = _native.Followed() if run is None else run.followed
    tracker = kafka._tracker(locators, update_golden)
    tracking = tracker.track(wanted, request_topic, response_topic, timeout_seconds, followed)
    for side in ("request_event", "response_event"):
        tracking[side] = from_json(tracking[side])
    return cast(FlowTracking, tracking)


atrack_event_flow = twin(track_event_flow)


def _servers(bootstrap_servers: str | None) -> str:
    if bootstrap_servers is None:
        return KafkaTestConfig.BOOTSTRAP_SERVERS
    if not isinstance(bootstrap_servers, str):
        example = "expected one text, comma-separated: host-1:9092,host-2:9092"
        raise TypeError(f"bootstrap_servers is {kind(bootstrap_servers)}; {example}")
    return bootstrap_servers


def _names(topics: Iterable[str] | None) -> list[str]:
    if isinstance(topics, str):
        raise TypeError(f"topics is a list of names: write topics=[{topics!r}]")
    return texts("topics", KafkaTestConfig.DEFAULT_TOPICS.values() if topics is None else topics, may_be_empty=True)
