"""The six utilities: what they do, and what they say when they are misused."""

from __future__ import annotations

import socket
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from kafka_trial import (
    ConsumerFactory,
    KafkaBroker,
    KafkaTestConfig,
    KafkaTrialError,
    atrack_event_flow,
    consume_response,
    create_test_topics,
    delete_test_topics,
    publish_test_event,
    track_event_flow,
    verify_kafka_connectivity,
    wait_for_kafka,
)

NOBODY = "127.0.0.1:1"


@dataclass
class Order:
    number: int


class Model:
    """What tells a model of pydantic."""

    def model_dump(self, mode: str) -> dict[str, object]:
        return {"mode": mode}


class Colour(Enum):
    RED = 1


@pytest.fixture
def silent_server() -> Iterator[str]:
    """Accepts connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"127.0.0.1:{server.getsockname()[1]}"


def test_connectivity_is_told_in_time(kafka_bootstrap_servers: str, silent_server: str) -> None:
    assert verify_kafka_connectivity()
    assert verify_kafka_connectivity(kafka_bootstrap_servers)
    assert not verify_kafka_connectivity(NOBODY)
    assert not verify_kafka_connectivity("no-such-host.invalid:9092")
    started = time.monotonic()
    assert not verify_kafka_connectivity(silent_server, timeout_seconds=0.2)
    assert time.monotonic() - started < 5
    with pytest.raises(ValueError, match="timeout_seconds=-1"):
        verify_kafka_connectivity(timeout_seconds=-1)


def test_waiting_backs_off_as_documented() -> None:
    rests: list[float] = []
    assert not wait_for_kafka(5, 2, bootstrap_servers=NOBODY, sleep=rests.append)
    assert rests == [2, 3, 4.5, 6.75]
    assert wait_for_kafka(max_retries=1)


def test_waiting_leaves_no_thread_behind(silent_server: str) -> None:
    before = threading.active_count()
    assert not verify_kafka_connectivity(silent_server, timeout_seconds=0.1)
    assert threading.active_count() == before


def test_topics_are_created_twice_and_deleted_twice(kafka_admin_client: Any) -> None:
    topic = f"created-{uuid4().hex}"
    assert create_test_topics([topic], num_partitions=2)
    assert create_test_topics([topic])
    assert topic in kafka_admin_client.list_topics()
    assert delete_test_topics([topic])
    assert delete_test_topics([topic])
    assert topic not in kafka_admin_client.list_topics()


def test_what_kafka_refuses_is_an_error_with_its_reason() -> None:
    with pytest.raises(KafkaTrialError, match="INVALID_TOPIC_EXCEPTION"):
        create_test_topics(["no/slash"])
    with pytest.raises(KafkaTrialError, match="INVALID_CONFIG.*no.such"):
        create_test_topics([f"t-{uuid4().hex}"], configs={"no.such": "1"})
    with pytest.raises(KafkaTrialError, match="INVALID_REPLICATION_FACTOR"):
        create_test_topics([f"t-{uuid4().hex}"], replication_factor=7)
    with pytest.raises(ConnectionError, match="127.0.0.1:1.*refused"):
        create_test_topics(["t"], bootstrap_servers=NOBODY)


def test_one_name_where_a_list_is_meant_is_told() -> None:
    with pytest.raises(TypeError, match=r"write topics=\['orders'\]"):
        create_test_topics("orders")


async def test_an_event_is_published_as_a_copy_with_its_id(kafka_producer: Any, kafka_topic: str) -> None:
    event = {"a": 1}
    published = await publish_test_event(kafka_producer, kafka_topic, event, "id-1", key="k", headers={"h": "v"})
    assert event == {"a": 1}
    assert published.event == {"a": 1, "correlation_id": "id-1"}
    assert (published.topic, published.offset, published.correlation_id) == (kafka_topic, 0, "id-1")
    own = await publish_test_event(kafka_producer, kafka_topic, {"correlation_id": "mine"})
    assert own.correlation_id == "mine"
    assert UUID((await publish_test_event(kafka_producer, kafka_topic, {})).correlation_id)


@pytest.mark.parametrize(
    ("value", "way_out"),
    [
        (datetime(2026, 1, 1, tzinfo=timezone.utc), "isoformat"),
        (UUID(int=1), "str"),
        (Decimal("1.5"), "str"),
        (b"raw", "base64"),
        ({1, 2}, "list"),
        (float("nan"), "None or text"),
        (timedelta(seconds=1), "total_seconds"),
        (Order(7), "dataclasses.asdict"),
        (Model(), r"model_dump\(mode=\"json\"\)"),
        (Colour.RED, "value"),
        (Path("orders"), "str"),
        (object(), "dict"),
    ],
)
async def test_a_value_that_json_cannot_carry_is_named_with_the_way_out(
    kafka_producer: Any, kafka_topic: str, value: object, way_out: str
) -> None:
    with pytest.raises((TypeError, ValueError), match=rf"event\['payload'\]\['items'\]\[1\] is .*{way_out}"):
        await publish_test_event(kafka_producer, kafka_topic, {"payload": {"items": [0, value]}}, "id")


def nested(depth: int) -> dict[str, Any]:
    event: dict[str, Any] = {}
    for _ in range(depth):
        event = {"inner": event}
    return event


def circle() -> dict[str, Any]:
    event: dict[str, Any] = {"items": []}
    event["items"].append(event)
    return event


@pytest.mark.parametrize(
    ("event", "message"),
    [
        ({(1, 2): 3}, r"event key \(1, 2\) is a tuple, and keys of JSON are text"),
        (circle(), r"event\['items'\]\[0\].* is one of the containers that it stands in"),
        (nested(100_000), "the event is nested too deeply for JSON"),
        (Order(7), r"got an Order as event; expected a dict: publish dataclasses\.asdict"),
        (Model(), r"got a Model as event; expected a dict: publish \.model_dump"),
        (None, "got None as event; expected a dict"),
    ],
    ids=["key", "circle", "depth", "dataclass", "model", "None"],
)
async def test_an_event_that_is_no_json_object_is_told(
    kafka_producer: Any, kafka_topic: str, kafka_broker: KafkaBroker, event: Any, message: str
) -> None:
    with pytest.raises((TypeError, ValueError), match=message):
        await publish_test_event(kafka_producer, kafka_topic, event, "id")
    assert kafka_broker.records(kafka_topic) == []


def test_what_a_producer_is_given_directly_is_named_too_also_where_warnings_are_errors(
    kafka_producer: Any, kafka_topic: str
) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(ValueError, match=r"event\['when'\] is a datetime, which JSON does not have"):
            kafka_producer.send(kafka_topic, value={"when": datetime(2026, 1, 1, tzinfo=timezone.utc)})


async def test_keys_headers_and_configs_may_be_text_bytes_and_numbers_and_else_are_told(
    kafka_producer: Any, kafka_topic: str, kafka_broker: KafkaBroker
) -> None:
    await publish_test_event(kafka_producer, kafka_topic, {}, "id", key="k", headers={"text": "v", "bytes": b"\xff"})
    (record,) = kafka_broker.records(kafka_topic)
    assert (record.key, record.headers) == (b"k", [("text", b"v"), ("bytes", b"\xff")])
    with pytest.raises(TypeError, match="key is an int; expected text or bytes"):
        await publish_test_event(kafka_producer, kafka_topic, {}, "id", key=7)  # type: ignore[arg-type]
    pairs: list[tuple[str, str | bytes | None]] = [("a", "1"), ("a", b"2")]
    await publish_test_event(kafka_producer, kafka_topic, {}, "id", headers=pairs)
    record = kafka_broker.records(kafka_topic)[-1]
    assert (record.key, record.headers) == (b"id", [("a", b"1"), ("a", b"2")])
    kafka_broker.produce(kafka_topic, None, headers={"none": None})
    assert kafka_broker.records(kafka_topic)[-1].headers == [("none", None)]
    with pytest.raises(TypeError, match="kafka-python sends no header without a value, and 'none' has none"):
        await publish_test_event(kafka_producer, kafka_topic, {}, "id", headers={"none": None})
    with pytest.raises(TypeError, match="headers is a str; expected a mapping"):
        await publish_test_event(kafka_producer, kafka_topic, {}, "id", headers="a=b")  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="headers has 'a'; expected a mapping"):
        await publish_test_event(kafka_producer, kafka_topic, {}, "id", headers=["a"])  # type: ignore[list-item]
    with pytest.raises(TypeError, match="header 'a' is an int; expected text, bytes or None"):
        await publish_test_event(kafka_producer, kafka_topic, {}, "id", headers={"a": 1})  # type: ignore[dict-item]
    topic = f"t-{uuid4().hex}"
    create_test_topics([topic], configs={"retention.ms": 1000, "preallocate": True})
    assert delete_test_topics([topic])


async def test_an_id_may_be_a_uuid_and_must_be_there(
    kafka_producer: Any, kafka_consumer: Callable[..., Any], kafka_topic: str
) -> None:
    consumer, correlation_id = kafka_consumer(kafka_topic), uuid4()
    await publish_test_event(kafka_producer, kafka_topic, {}, str(correlation_id))
    assert await consume_response(consumer, correlation_id) is not None  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="correlation_id is None; expected the id that the request"):
        await consume_response(consumer, None)  # type: ignore[arg-type]


@pytest.mark.parametrize("address", ["localhost", "http://localhost:9092", "", "localhost:nine"])
def test_an_address_that_is_none_is_told_instead_of_being_waited_for(address: str) -> None:
    with pytest.raises(ValueError, match="expected HOST:PORT"):
        verify_kafka_connectivity(address)
    with pytest.raises(ValueError, match="expected HOST:PORT"):
        wait_for_kafka(bootstrap_servers=address, sleep=lambda _: pytest.fail("it waits"))


async def test_misuse_is_told_before_anything_is_sent(
    kafka_producer: Any, kafka_consumer: Callable[..., Any], kafka_topic: str
) -> None:
    with pytest.raises(TypeError, match="call it first"):
        await consume_response(kafka_consumer, "id")
    with pytest.raises(TypeError, match="got a KafkaProducer; expected a consumer"):
        await consume_response(kafka_producer, "id")
    with pytest.raises(TypeError, match="got a str; expected a producer"):
        await publish_test_event("localhost:19092", kafka_topic, {}, "id")
    with pytest.raises(TypeError, match="expected a dict"):
        await publish_test_event(kafka_producer, kafka_topic, ["not", "an", "object"], "id")  # type: ignore[arg-type]


async def test_responses_are_found_whatever_the_order_of_waiting(
    kafka_producer: Any, kafka_consumer: Callable[..., Any], kafka_topic: str
) -> None:
    for number in range(3):
        await publish_test_event(kafka_producer, kafka_topic, {"number": number}, f"id-{number}")
    kafka_producer.send(kafka_topic, value="not json")
    kafka_producer.flush()
    consumer = kafka_consumer([kafka_topic])
    for number in (2, 0, 1):
        response = await consume_response(consumer, f"id-{number}")
        assert response == {"number": number, "correlation_id": f"id-{number}"}
    assert await consume_response(consumer, "id-3", timeout_seconds=0.2) is None


async def test_a_consumer_at_the_end_misses_nothing_once_it_is_assigned(
    kafka_producer: Any, kafka_consumer: ConsumerFactory, kafka_topic: str
) -> None:
    await publish_test_event(kafka_producer, kafka_topic, {}, "before")
    consumer = await kafka_consumer.assigned(kafka_topic, auto_offset_reset="latest")
    await publish_test_event(kafka_producer, kafka_topic, {}, "after")
    assert await consume_response(consumer, "before", timeout_seconds=0.5) is None
    assert await consume_response(consumer, "after") is not None


async def test_a_flow_is_tracked_without_a_group(
    kafka_producer: Any, kafka_topics: Callable[..., list[str]], kafka_admin_client: Any
) -> None:
    request, response = kafka_topics("request", "response", partitions=3)
    groups = kafka_admin_client.list_groups() if hasattr(kafka_admin_client, "list_groups") else []
    await publish_test_event(kafka_producer, request, {"side": "request", "big": 2**70}, "id-7")
    await publish_test_event(kafka_producer, response, {"side": "response"}, "id-7")
    await publish_test_event(kafka_producer, response, {"side": "response"}, "id-8")
    tracking = await atrack_event_flow("id-7", request, response)
    assert tracking["request_found"] and tracking["response_found"]
    assert tracking["request_event"] is not None and tracking["request_event"]["side"] == "request"
    assert tracking["duration_ms"] is not None and 0 <= tracking["duration_ms"] < 60_000
    assert [hop["topic"] for hop in tracking["hops"]] == [request, response]
    if groups:
        assert kafka_admin_client.list_groups() == groups


async def test_one_topic_may_carry_both_sides(kafka_producer: Any, kafka_topic: str) -> None:
    await publish_test_event(kafka_producer, kafka_topic, {"side": "request"}, "id-7")
    assert not (await atrack_event_flow("id-7", kafka_topic, kafka_topic, timeout_seconds=0.2))["response_found"]
    await publish_test_event(kafka_producer, kafka_topic, {"side": "response"}, "id-7")
    tracking = await atrack_event_flow("id-7", kafka_topic, kafka_topic)
    assert tracking["response_event"] == {"side": "response", "correlation_id": "id-7"}


def test_a_miss_is_a_result(kafka_topic: str) -> None:
    tracking = track_event_flow("nobody", kafka_topic, "no.such.topic", timeout_seconds=0.2)
    assert not tracking["request_found"] and not tracking["response_found"]
    assert tracking["duration_ms"] is None and tracking["hops"] == []


def test_settings_are_given_in_the_words_of_each_client() -> None:
    consumer = KafkaTestConfig.get_consumer_config("g")
    assert set(KafkaTestConfig.as_client(consumer, "aiokafka")) == set(consumer)
    assert KafkaTestConfig.as_client(consumer, "confluent")["group.id"] == "archon-intelligence-test-g"
    producer = KafkaTestConfig.get_producer_config()
    assert set(KafkaTestConfig.as_client(producer, "aiokafka")) == {"bootstrap_servers", "acks"}
    assert KafkaTestConfig.as_client(producer, "confluent")["max.in.flight.requests.per.connection"] == 1
    with pytest.raises(ValueError, match="'librdkafka'.*expected"):
        KafkaTestConfig.as_client(producer, "librdkafka")  # type: ignore[arg-type]


def test_a_subclass_and_a_test_may_set_the_address(monkeypatch: pytest.MonkeyPatch) -> None:
    class Mine(KafkaTestConfig):
        BOOTSTRAP_SERVERS = "mine:9092"

    assert Mine.get_producer_config()["bootstrap_servers"] == "mine:9092"
    before = KafkaTestConfig.BOOTSTRAP_SERVERS
    with monkeypatch.context() as patch:
        patch.setattr(KafkaTestConfig, "BOOTSTRAP_SERVERS", "patched:9092")
        assert KafkaTestConfig.get_consumer_config("g")["bootstrap_servers"] == "patched:9092"
    assert before == KafkaTestConfig.BOOTSTRAP_SERVERS
    with pytest.raises(AttributeError, match="NO_SUCH"):
        _ = KafkaTestConfig.NO_SUCH
