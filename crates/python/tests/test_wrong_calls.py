"""A wrong argument is one sentence that names it, shows what it is and says what is expected; nothing is done."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from conftest import Project

from kafka_trial import (
    ConfluentKafka,
    ConsumerFactory,
    Events,
    ExternalKafka,
    FlowTracker,
    Journal,
    KafkaBroker,
    KafkaLoad,
    KafkaTestConfig,
    Responder,
    TopicFactory,
    consume_response,
    create_test_topics,
    factories,
    publish_test_event,
    track_event_flow,
    verify_kafka_connectivity,
    wait_for_kafka,
)
from kafka_trial.flow import (
    exactly_once,
    golden,
    in_order,
    never,
    no_more_for,
    one_of,
    records,
    same_partition,
)


async def acheck(_: object) -> bool:
    return False


NAMES = "expected a name, or a list of names"
FROM_0, FROM_1 = "expected a number from 0 on", "expected a number from 1 on"
COROUTINE = "is a coroutine function, and nothing awaits it: write def instead of async def"
ID = "expected the id that the request was published with"

Call = Callable[[Any], object]


def cases(*calls: tuple[str, Call, str]) -> pytest.MarkDecorator:
    named = [pytest.param(call, message, id=name) for name, call, message in calls]
    return pytest.mark.parametrize(("call", "message"), named)


def is_told(subject: object, call: Call, message: str) -> None:
    with pytest.raises((TypeError, ValueError), match=re.escape(message)):
        call(subject)


@cases(
    ("list", lambda topics: topics(["orders"]), "kafka_topics takes names, not ['orders']: kafka_topics(\"orders\""),
    ("text", lambda topics: topics("o", partitions="3"), f"kafka_topics partitions='3': {FROM_1}"),
    ("none", lambda topics: topics("o", partitions=0), f"kafka_topics partitions=0: {FROM_1}"),
    ("replicas", lambda topics: topics("o", replication_factor="2"), "kafka_topics replication_factor='2'"),
    ("configs", lambda topics: topics("o", configs="a=b"), "kafka_topics configs is a str; expected a dict"),
    ("unpacked", list, 'kafka_topics is a factory: call it first, (orders,) = kafka_topics("orders")'),
)
def test_topics(kafka_topics: TopicFactory, call: Call, message: str) -> None:
    is_told(kafka_topics, call, message)


@cases(
    ("None", lambda consumer: consumer(None), f"kafka_consumer: topics is None; {NAMES}"),
    ("in a list", lambda consumer: consumer(["a", None]), "kafka_consumer: topics[1] is None; expected text"),
    ("group", lambda consumer: consumer("a", ["g"]), "group is a list; expected text"),
    ("no group", lambda consumer: consumer("a", ""), "group is empty; expected text"),
    ("time", lambda consumer: consumer("a", timeout_seconds="5s"), "timeout_seconds='5s': expected a number"),
)
def test_consumers(kafka_consumer: ConsumerFactory, call: Call, message: str) -> None:
    is_told(kafka_consumer, call, message)


@cases(
    ("None", lambda kafka: kafka.consumer(None), f"kafka_confluent.consumer: topics is None; {NAMES}"),
    ("settings", lambda kafka: kafka.producer("acks=all"), "settings is a str; expected a dict, such as"),
)
def test_confluent(kafka_confluent: ConfluentKafka, call: Call, message: str) -> None:
    is_told(kafka_confluent, call, message)


@cases(
    ("group", lambda kafka: kafka.group(None), "group_id is None; expected text"),
    ("members", lambda kafka: kafka.wait_group_stable("g", members="2"), f"members='2': {FROM_0}"),
    ("fewer", lambda kafka: kafka.wait_group_stable("g", members=-1), f"members=-1: {FROM_0}"),
    ("time", lambda kafka: kafka.wait_group_stable("g", timeout_seconds="5"), "timeout_seconds='5': expected a number"),
    ("vacuous", lambda kafka: kafka.wait_caught_up("g", []), f"topics is empty; {NAMES}"),
    ("topic", lambda kafka: kafka.produce(None, "x"), "topic is None; expected text"),
    (
        "value",
        lambda kafka: kafka.produce("a", [1]),
        "value is a list; expected a dict, text, bytes or None: write json",
    ),
    (
        "object",
        lambda kafka: kafka.produce("a", object()),
        "value is an object; expected a dict, text, bytes or None",
    ),
    ("key", lambda kafka: kafka.produce("a", "x", key=7), "key is an int; expected text or bytes"),
    ("partition", lambda kafka: kafka.produce("a", "x", partition="0"), f"partition='0': {FROM_0}"),
    ("start", lambda kafka: kafka.records("a", 0, -1), f"start=-1: {FROM_0}"),
    ("partitions", lambda kafka: kafka.create_topic("a", "3"), f"create_topic partitions='3': {FROM_1}"),
)
@pytest.mark.parametrize("external", [False, True], ids=["embedded", "external"])
def test_clusters(kafka_broker: KafkaBroker, external: bool, call: Call, message: str) -> None:
    is_told(ExternalKafka(kafka_broker.bootstrap_servers) if external else kafka_broker, call, message)


@cases(
    ("brokers", lambda start: start(brokers="3"), "brokers='3': expected a number from 1 to 65535"),
    ("port", lambda start: start(port="9092"), "port='9092': expected a number from 0 to 65535"),
    ("host", lambda start: start(host=7), "host is an int; expected text"),
    ("advertised", lambda start: start(advertised=7), f"advertised is an int; {NAMES}"),
    (
        "auto-creation",
        lambda start: start(auto_create_topics="false"),
        "auto_create_topics='false': expected True or False",
    ),
    ("delay", lambda start: start(initial_rebalance_delay_ms=-1), f"initial_rebalance_delay_ms=-1: {FROM_0}"),
    ("pairs", lambda start: start(topics=[("a", 3)]), "topics has ('a', 3) for a name; expected text"),
    ("no partition", lambda start: start(topics={"a": 0}), f"topics['a'] partitions=0: {FROM_1}"),
    ("config", lambda start: start(config=["a"]), "config is a list; expected a dict"),
    ("seed", lambda start: start(seed="x"), "seed='x': expected a number from 0 to"),
    ("api", lambda start: start(api=3.4), "api is a float; expected text"),
    ("load", lambda start: start(load=acheck), f"load {COROUTINE}"),
)
def test_starting(call: Call, message: str) -> None:
    is_told(KafkaBroker.start, call, message)


@cases(
    ("no topic", lambda events: events.expect_event(None), "topic is None; expected text"),
    ("topics", lambda events: events.expect_event(["a"]), "topic is a list; expected text"),
    ("text", lambda events: events.expect_event("a", where="paid"), "where is a str; expected a dict, such as"),
    ("number", lambda events: events.expect_event("a", where=7), "where is an int; expected a dict, such as"),
    ("coroutine", lambda events: events.expect_event("a", where=acheck), f"where {COROUTINE}"),
    ("field", lambda events: events.expect_event("a", where={"b": object()}), "where['b'] is an object, which JSON"),
    ("schema", lambda events: events.expect_event("a", schema="x"), "schema is a str; expected a dict"),
    ("value", lambda events: events.expect_event("a", value={1}), "value is a set, which JSON does not have"),
    (
        "header",
        lambda events: events.expect_event("a", headers={"h": None}),
        "header 'h' is None; expected text or bytes",
    ),
    ("id", lambda events: events.expect_event("a", correlation_id=b"7"), f"correlation_id is a bytes; {ID}"),
    ("count 0", lambda events: events.expect_event("a", count=0), f"count=0: {FROM_1}"),
    ("count", lambda events: events.expect_events("a", -1), f"count=-1: {FROM_1}"),
    ("order", lambda events: events.expect_events("a", 2, ordered_by=7), "ordered_by is an int; expected text"),
    ("time", lambda events: events.expect_event("a", timeout_seconds=-1), f"timeout_seconds=-1: {FROM_0}"),
    ("period", lambda events: events.expect_no_event("a", during_seconds="1"), "during_seconds='1': expected a number"),
    ("all", lambda events: events.all(None), "topic is None; expected text"),
)
def test_events(kafka_events: Events, call: Call, message: str) -> None:
    is_told(kafka_events, call, message)


@cases(
    ("no topics", lambda flow: flow.follow("id"), "kafka_flow.follow needs the topics of the flow"),
    ("list", lambda flow: flow.follow("id", ["a", "b"]), "the topics of a flow are arguments of their own"),
    ("id", lambda flow: flow.expect(None, "a"), f"correlation_id is None; {ID}"),
    (
        "one",
        lambda flow: flow.follow("id", "a", also=exactly_once()),
        "also is an Expectation; expected a list of expectations",
    ),
    (
        "function",
        lambda flow: flow.follow("id", "a", also=[exactly_once]),
        "expected expectations of kafka_trial.flow: write exactly_once(...)",
    ),
    (
        "text",
        lambda flow: flow.follow("id", "a", also=["b"]),
        "also has a str; expected expectations of kafka_trial.flow",
    ),
    ("time", lambda flow: flow.follow("id", "a", within_ms="5"), "within_ms='5': expected a number"),
    ("letters", lambda flow: flow.follow("id", "a", dead_letters=7), f"dead_letters is an int; {NAMES}"),
    ("group", lambda flow: flow.follow("id", "a", group=7), "group is an int; expected text"),
    ("name", lambda flow: flow.start(None), "name is None; expected text"),
    ("both", lambda _: records("a", exactly=1, at_least=2), "records has exactly and at_least; expected one of them"),
    ("coroutine", lambda _: records("a", where=acheck), f"where {COROUTINE}"),  # type: ignore[arg-type]
    ("exactly", lambda _: records("a", exactly="2"), f"exactly='2': {FROM_0}"),  # type: ignore[arg-type]
    ("key", lambda _: records("a", key=7), "key is an int; expected text or bytes"),  # type: ignore[arg-type]
    ("bytes", lambda _: records("a", key=b"\xff"), "key is b'\\xff'; expected text, or bytes that are UTF-8"),
    ("never", lambda _: never(None), "topic is None; expected text"),  # type: ignore[arg-type]
    ("one of", lambda _: one_of("a"), "one_of needs 2 or more topics, and got 1"),
    ("in order", lambda _: in_order("a"), "in_order needs 2 or more topics, and got 1"),
    ("partition", lambda _: same_partition(), "same_partition needs 1 or more topics, and got 0"),
    ("quiet", lambda _: no_more_for("1"), "quiet_seconds='1': expected a number"),  # type: ignore[arg-type]
    ("redact", lambda _: golden("a.json", redact=7), f"redact is an int; {NAMES}"),  # type: ignore[arg-type]
)
def test_flows(kafka_flow: FlowTracker, call: Call, message: str) -> None:
    is_told(kafka_flow, call, message)


def test_a_modifier_of_another_kind_is_refused() -> None:
    kinds: list[Callable[..., object]] = [never, exactly_once, one_of, golden]
    for kind in kinds:
        with pytest.raises(TypeError, match="unexpected keyword argument 'within_ms'"):
            kind("a", within_ms=5)


def test_one_name_is_enough_where_a_list_of_names_is_meant(kafka_flow: FlowTracker, kafka_topic: str) -> None:
    flow = kafka_flow.follow("id", kafka_topic, dead_letters="orders.dlq", timeout_seconds=0)
    assert flow.verdict == "never_produced"
    assert golden("a.json", redact="/id").data["redact"] == ["/id"]


@cases(
    (
        "api",
        lambda journal: journal.wait_for("Produce"),
        "where is 'Produce'; expected a function of the entry: write",
    ),
    ("function", lambda journal: journal.wait_for(7), "where is an int; expected a function of the entry"),
    ("coroutine", lambda journal: journal.wait_for(acheck), f"where {COROUTINE}"),
    ("time", lambda journal: journal.wait_for(timeout_seconds=-1), f"timeout_seconds=-1: {FROM_0}"),
)
def test_journals(kafka_journal: Journal, call: Call, message: str) -> None:
    is_told(kafka_journal, call, message)


@cases(
    ("topic", lambda responder: responder.on(None, "b"), "request_topic is None; expected text"),
    (
        "reply",
        lambda responder: responder.on("a", "b", {"c": 1}),
        "reply is a dict; expected a function of the request",
    ),
    ("coroutine", lambda responder: responder.on("a", "b", acheck), f"reply {COROUTINE}"),
    ("drop", lambda responder: responder.on("a", "b", drop=True), "drop is a bool; expected a function of the request"),
    ("delay", lambda responder: responder.on("a", "b", delay_ms="5"), "delay_ms='5': expected a number"),
    ("group", lambda responder: responder.on("a", "b", group=7), "group is an int; expected text"),
    ("endless", lambda responder: responder.on("a", "a"), "it would answer itself without end"),
)
def test_responders(kafka_responder: Responder, call: Call, message: str) -> None:
    is_told(kafka_responder, call, message)


@cases(
    ("topic", lambda load: load.sustained(10, 1, request=None, response="b"), "request is None; expected text"),
    (
        "rate",
        lambda load: load.sustained("many", 1, request="a", response="b"),
        "expected a rate above 0, such as 200/s",
    ),
    ("time", lambda load: load.sustained(10, -1, request="a", response="b"), f"duration=-1: {FROM_0}"),
    ("in flight", lambda load: load.concurrent("4", 1, request="a", response="b"), f"in_flight='4': {FROM_1}"),
    (
        "thresholds",
        lambda load: load.sustained(10, 1, request="a", response="b", thresholds="p99<5ms"),
        "thresholds is a str; expected a list: write thresholds=['p99<5ms']",
    ),
    (
        "payload",
        lambda load: load.sustained(10, 1, request="a", response="b", payload={1}),
        "load['payload'] is a set, which JSON does not have",
    ),
    (
        "stages",
        lambda load: load.stages({}, request="a", response="b"),
        "stages is a dict; expected a list of stages",
    ),
)
def test_loads(kafka_load: KafkaLoad, call: Call, message: str) -> None:
    is_told(kafka_load, call, message)


def test_an_error_of_a_load_names_no_place_in_a_text_that_nobody_wrote(kafka_load: KafkaLoad) -> None:
    with pytest.raises(ValueError, match="unknown field `threshold`") as told:
        kafka_load.sustained(10, 1, request="a", response="b", threshold=[])  # type: ignore[call-arg]
    assert " column " not in str(told.value)


@cases(
    ("topics", lambda _: create_test_topics(7), f"topics is an int; {NAMES}"),  # type: ignore[arg-type]
    ("partitions", lambda _: create_test_topics(["a"], "3"), "num_partitions='3': expected a number from"),  # type: ignore[arg-type]
    ("configs", lambda _: create_test_topics(["a"], configs=["b"]), "configs is a list; expected a dict"),  # type: ignore[arg-type]
    ("servers", lambda _: verify_kafka_connectivity(["a:1"]), "expected one text, comma-separated"),  # type: ignore[arg-type]
    ("times", lambda _: wait_for_kafka("3"), f"max_retries='3': {FROM_0}"),  # type: ignore[arg-type]
    ("id", lambda _: track_event_flow(None, "a", "b"), f"correlation_id is None; {ID}"),  # type: ignore[arg-type]
    ("empty id", lambda _: track_event_flow("", "a", "b"), "correlation_id is empty; expected text"),
    ("topic", lambda _: track_event_flow("7", None, "b"), "request_topic is None; expected text"),  # type: ignore[arg-type]
    ("group", lambda _: KafkaTestConfig.get_group_id(7), "group is an int; expected text"),  # type: ignore[arg-type]
    ("external", lambda _: factories.kafka_external("here"), 'invalid address "here": expected HOST:PORT'),
    ("embedded", lambda _: factories.kafka_embedded(broker=3), "broker is not one of its keywords: brokers,"),  # type: ignore[call-arg]
    (
        "scope",
        lambda _: factories.kafka_aio_producer(scope="module"),
        "write an async fixture of that scope with async with kafka_aio.producer() as client",
    ),
)
def test_functions(call: Call, message: str) -> None:
    is_told(None, call, message)


async def test_publishing_and_consuming(
    kafka_producer: Any, kafka_consumer: ConsumerFactory, kafka_topics: TopicFactory, kafka_flow: FlowTracker
) -> None:
    first = 'topic is a TopicFactory; expected text; call it first, (orders,) = kafka_topics("orders")'
    with pytest.raises(TypeError, match=re.escape(first)):
        await publish_test_event(kafka_producer, kafka_topics, {})  # type: ignore[arg-type]
    with pytest.raises(TypeError, match=f"correlation_id is a StartedFlow; {ID}"):
        await publish_test_event(kafka_producer, "orders", {}, kafka_flow.start("order"))  # type: ignore[arg-type]
    consumer = kafka_consumer(kafka_topics("orders"))
    with pytest.raises(TypeError, match="timeout_seconds='1': expected a number"):
        await consume_response(consumer, "id", timeout_seconds="1")  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="correlation_field is an int; expected text"):
        await consume_response(consumer, "id", correlation_field=7)  # type: ignore[arg-type]


MISUSED = """\
import pytest

def test_topic(kafka_topic):
    kafka_topic("orders")

def test_group(kafka_group):
    kafka_group("billing")

def test_ours(kafka_topic):
    "text"()

@pytest.fixture(scope="module")
def orders(kafka_topic):
    return kafka_topic

def test_scope(orders):
    pass

@pytest.fixture(scope="session")
def aio(kafka_aio_producer):
    return kafka_aio_producer

def test_aio(aio):
    pass
"""


def test_a_misused_fixture_is_named_in_the_report(project: Project) -> None:
    project.write("test_misused.py", MISUSED)
    run = project.pytest("-q", "-W", "ignore")
    assert run.counts == {"failed": 3, "error": 2}, run.output
    for hint in (
        "kafka_topic is the name of a topic; the factory of topics is kafka_topics",
        'kafka_group is the id of a group; for another group write kafka_group + "-2"',
        'name = factories.kafka_topic(scope="module") makes a fixture of a wider scope',
        'kafka_aio_producer is of its test; for a wider scope use factories.kafka_aio(scope="session")',
    ):
        assert hint in run.output, run.output


@pytest.fixture
def silent() -> Iterator[str]:
    """An address that takes connections and never answers."""
    import socket

    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"127.0.0.1:{server.getsockname()[1]}"


def test_dead_servers_of_a_list_do_not_eat_the_time_of_the_living(kafka_broker: KafkaBroker, silent: str) -> None:
    for dead in ("127.0.0.1:1", silent, "no-such-host.invalid:9092"):
        kafka = ExternalKafka(f"{dead},{kafka_broker.bootstrap_servers}")
        assert kafka.group("nobody", timeout_seconds=5).state == "Dead"
        assert verify_kafka_connectivity(kafka.bootstrap_servers, timeout_seconds=5)
