"""The three Python clients behind one face: sending one record, and polling for a while."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias
from uuid import uuid4

from . import _native
from ._arguments import kind as what_is
from ._arguments import texts
from ._errors import Refused, TimedOut
from ._values import key_bytes
from ._waiting import in_thread
from .kafka_test_config import KafkaTestConfig

if TYPE_CHECKING:
    from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
    from confluent_kafka import Consumer, Producer
    from kafka import KafkaConsumer, KafkaProducer

    from ._broker import Cluster

# How often members of a group on the embedded broker say that they are there, and so learn of a rebalance. The spec's
# 10 s are for clusters that many share.
_HEARTBEAT_MS = 300

#: A producer or a consumer of one of the three clients. They are told apart at run time.
AnyProducer: TypeAlias = "KafkaProducer | AIOKafkaProducer | Producer"
AnyConsumer: TypeAlias = "KafkaConsumer | AIOKafkaConsumer | Consumer"

Kind = Literal["kafka-python", "aiokafka", "confluent"]
_PACKAGES: dict[str, Kind] = {
    "kafka": "kafka-python",
    "aiokafka": "aiokafka",
    "confluent_kafka": "confluent",
    "cimpl": "confluent",
}
# One poll takes no longer, so that a cancelled wait is soon over.
_TURN_SECONDS = 1.0


def consumer_config(cluster: Cluster, group: str | None) -> dict[str, Any]:
    """The settings of a consumer that a fixture makes, in a group of its own unless named."""
    group = uuid4().hex if group is None else group
    config: dict[str, Any] = {**KafkaTestConfig.get_consumer_config(group)}
    config["bootstrap_servers"] = cluster.bootstrap_servers
    config["isolation_level"] = "read_committed"
    if cluster.is_embedded:
        config["heartbeat_interval_ms"] = _HEARTBEAT_MS
    return config


def topic_names(function: str, topics: str | Sequence[str]) -> list[str]:
    """The topics of a consumer; none for one that is assigned by hand."""
    return texts(f"{function}: topics", topics, may_be_empty=True)


def key_serializer(key: bytes | str | None) -> bytes | None:
    """Keys are bytes or text for every client's fixture."""
    return key_bytes(key)


def merged(*settings: Mapping[str, Any]) -> dict[str, Any]:
    """Settings, the later ones over the earlier ones; ``None`` takes one out."""
    together = {name: value for some in settings for name, value in some.items()}
    return {name: value for name, value in together.items() if value is not None}


def kind_of(client: object, method: str, *, function: str) -> Kind:
    """Which package a client comes from. ``TypeError`` says how to mend what is no client."""
    for base in type(client).__mro__:
        kind = _PACKAGES.get(base.__module__.split(".")[0])
        if kind is not None and callable(getattr(client, method_of(kind, method), None)):
            return kind
    if getattr(client, "_is_consumer_factory", False):
        raise TypeError(
            f"{function} got the kafka_consumer factory where a consumer is meant: "
            'call it first, consumer = kafka_consumer([topic], "my-group")'
        )
    raise TypeError(
        f"{function} got {what_is(client)}; expected a {'producer' if method == 'send' else 'consumer'} of "
        "kafka-python, aiokafka or confluent-kafka"
    )


def method_of(kind: Kind, method: str) -> str:
    """What a client calls sending or polling."""
    names = {("aiokafka", "poll"): "getmany", ("confluent", "send"): "produce"}
    return names.get((kind, method), method)


@dataclass(frozen=True)
class Position:
    """Where a record was appended. ``timestamp`` is in milliseconds since the Unix epoch."""

    topic: str
    partition: int
    offset: int
    timestamp: int


async def send(
    producer: AnyProducer,
    topic: str,
    event: dict[str, Any],
    encode: Callable[[Any], bytes],
    *,
    key: bytes | None,
    headers: list[tuple[str, bytes | None]],
    timeout_seconds: float,
    function: str,
) -> Position:
    """Send one event and wait until the cluster has it."""
    kind = kind_of(producer, "send", function=function)
    client: Any = producer  # the kinds are told apart by their names
    encoded = encode(event)
    if kind == "confluent":
        return await _send_confluent(client, topic, encoded, key, headers, timeout_seconds)
    if kind == "aiokafka":
        value: Any = event if getattr(client, "_value_serializer", None) else encoded
        known = _for_serializer(key, getattr(client, "_key_serializer", None))
        sending = client.send_and_wait(topic, value=value, key=known, headers=headers)
        metadata = await asyncio.wait_for(sending, timeout_seconds)
    else:
        if (empty := next((name for name, value in headers if value is None), None)) is not None:
            raise TypeError(f"{function}: kafka-python sends no header without a value, and {empty!r} has none")
        value = event if client.config.get("value_serializer") else encoded
        known = _for_serializer(key, client.config.get("key_serializer"))

        def send_and_wait() -> Any:
            return client.send(topic, value=value, key=known, headers=headers).get(timeout=timeout_seconds)

        metadata = await in_thread(send_and_wait)
    return Position(topic, metadata.partition, metadata.offset, metadata.timestamp)


def _for_serializer(key: bytes | None, serializer: object) -> bytes | str | None:
    """A key as a producer with a serializer for keys expects it: text, where it is some."""
    return key.decode(errors="surrogateescape") if key is not None and serializer is not None else key


async def _send_confluent(
    producer: Any, topic: str, value: bytes, key: bytes | None, headers: list[tuple[str, bytes | None]], timeout: float
) -> Position:
    reports: list[tuple[Any, Any]] = []
    producer.produce(
        topic,
        value=value,
        key=key,
        headers=headers,
        on_delivery=lambda error, message: reports.append((error, message)),
    )

    def wait() -> None:
        left = timeout
        while not reports and left > 0:
            producer.poll(min(left, 0.1))
            left -= 0.1

    await in_thread(wait)
    if not reports:
        raise TimedOut(f"{topic}: no delivery report within {timeout} s", api="Produce", subject=topic)
    error, message = reports[0]
    if error is not None:
        raise Refused(f"{topic}: {error}", code=_code(error), api="Produce", subject=topic)
    return Position(topic, message.partition(), message.offset(), message.timestamp()[1])


def _code(error: Any) -> str:
    """Kafka's name for an error of librdkafka, or librdkafka's where the error never came from a broker."""
    return str(error.name()) if error.code() < 0 else _native.error_name(error.code())


@dataclass(frozen=True)
class Message:
    """A record as a client has read it: key and value are what its deserializers make of them."""

    topic: str
    partition: int
    offset: int
    key: Any
    value: Any
    headers: list[tuple[str, bytes | None]]


async def poll(consumer: AnyConsumer, seconds: float, *, function: str) -> list[Message]:
    """The records that came within a turn of at most a second, possibly none."""
    kind = kind_of(consumer, "poll", function=function)
    client: Any = consumer  # the kinds are told apart by their names
    seconds = min(seconds, _TURN_SECONDS)
    if kind == "aiokafka":
        batches = await client.getmany(timeout_ms=int(seconds * 1000))
    elif kind == "confluent":
        message = await in_thread(functools.partial(client.poll, seconds))
        if message is None:
            return []
        if message.error() is not None:
            error = message.error()
            raise Refused(f"{function}: {error}", code=_code(error), subject=message.topic())
        return [
            Message(
                str(message.topic()),
                int(message.partition()),
                int(message.offset()),
                message.key(),
                message.value(),
                list(message.headers() or ()),
            )
        ]
    else:
        # kafka-python 3.0 loses the assignment when a short poll ends in the middle of a join.
        if not client.assignment():
            seconds = _TURN_SECONDS
        batches = await in_thread(functools.partial(client.poll, timeout_ms=max(1, int(seconds * 1000))))
    return [
        Message(got.topic, got.partition, got.offset, got.key, got.value, list(got.headers or ()))
        for messages in batches.values()
        for got in messages
    ]
