"""A user's own test file, annotated with what the package exports, passes ``mypy --strict``; a wrong one does not."""

from __future__ import annotations

import re

from conftest import Project

RIGHT = """\
import pytest
from aiokafka import AIOKafkaProducer
from kafka import KafkaAdminClient, KafkaProducer

from kafka_trial import (
    AioConsumerFactory,
    AioKafka,
    Answer,
    ConfluentKafka,
    ConsumerFactory,
    Event,
    Events,
    ExternalKafka,
    Flow,
    FlowTracker,
    Handle,
    Hop,
    Journal,
    JournalEntry,
    KafkaBroker,
    KafkaLoad,
    KafkaTestConfig,
    LoadReport,
    PublishedEvent,
    ReceivedEvent,
    Refused,
    Request,
    Responder,
    TopicFactory,
    atrack_event_flow,
    consume_response,
    factories,
    publish_test_event,
)
from kafka_trial.flow import exactly_once, records

billing = factories.kafka_embedded(
    topics={"invoices": {"partitions": 3, "cleanup.policy": "compact"}}, scope="module"
)
orders = factories.kafka_topic(partitions=3, scope="module", cleanup_policy="compact")


def is_paid(event: ReceivedEvent) -> bool:
    return bool(event["state"] == "paid")


def price(request: Request) -> Answer | None:
    return Answer({"price": 3}, key=request.key, headers=request.headers) if request.header("source") else None


def test_broker(kafka_broker: KafkaBroker | ExternalKafka, kafka_topic: str, kafka_group: str) -> None:
    record = kafka_broker.produce(kafka_topic, {"a": 1}, key="text", headers={"h": None, "b": b"1", "t": "2"})
    offset: int = record.offset
    lag: int | None = kafka_broker.group(kafka_group).total_lag
    kafka_broker.create_topic("b", 3, replication_factor=1, cleanup_policy="compact", retention_ms=1000)
    try:
        kafka_broker.create_topic("b")
    except Refused as error:
        code: str | None = error.code
        print(offset, lag, code)


def test_events(kafka_events: Events, kafka_topic: str, kafka_producer: KafkaProducer) -> None:
    event: ReceivedEvent = kafka_events.expect_event(kafka_topic, where=is_paid, key="a", value={"state": "paid"})
    kafka_events.expect_events(kafka_topic, 2, where={"state": "paid", "/total": 12}, ordered_by="/number")
    body: Event = dict(event)
    assert body


async def test_flow(
    kafka_flow: FlowTracker,
    kafka_topics: TopicFactory,
    kafka_consumer: ConsumerFactory,
    kafka_producer: KafkaProducer,
) -> None:
    request, response = kafka_topics("request", "response", partitions=2, cleanup_policy="compact")
    sent: PublishedEvent = await publish_test_event(
        kafka_producer, request, {"a": 1}, "7", headers={"h": "v", "i": b""}
    )
    answer: Event | None = await consume_response(kafka_consumer(response), "7")
    flow: Flow = await kafka_flow.aexpect(
        "7", request, response, within_ms=5.0, also=[exactly_once(), records(response)]
    )
    hops: list[Hop] = flow.hops
    started = kafka_flow.start("order")
    await started.aexpect(request, response, timeout_seconds=5)
    tracking = await atrack_event_flow("7", request, response)
    duration: float | None = tracking["duration_ms"]
    print(sent.offset, answer, hops[0]["appended_us"], flow.duration_ms, duration)


async def test_aio(
    kafka_aio_producer: AIOKafkaProducer, kafka_aio_consumer: AioConsumerFactory, kafka_topic: str
) -> None:
    consumer = await kafka_aio_consumer(kafka_topic, wait_assigned=True, auto_offset_reset="latest")
    await kafka_aio_producer.send_and_wait(kafka_topic, b"7")
    print((await consumer.getone()).value)


async def test_clients(
    kafka_aio: AioKafka, kafka_confluent: ConfluentKafka, kafka_topic: str, kafka_group: str
) -> None:
    async with kafka_aio.producer() as producer, kafka_aio.consumer(kafka_topic, kafka_group) as consumer:
        await producer.send_and_wait(kafka_topic, b"7", key="text")
        await consumer.getone()
    member = await kafka_confluent.aconsumer(
        kafka_topic, kafka_group, {"group.protocol": "consumer"}, wait_assigned=True
    )
    member.poll(0.1)


def test_others(
    kafka_responder: Responder, kafka_journal: Journal, kafka_load: KafkaLoad, kafka_admin_client: KafkaAdminClient
) -> None:
    handle: Handle = kafka_responder.on("a", "b", price, drop=lambda request: request.key is None)
    entry: JournalEntry = kafka_journal.wait_for(lambda entry: entry.error is None, api="Produce")
    report: LoadReport = kafka_load.sustained(10, "1s", request="a", response="b", thresholds=["p99 < 50ms"])
    config = KafkaTestConfig.get_consumer_config("group")
    assert handle.calls and entry and report.passed and config["group_id"]
"""


def test_a_users_file_passes_mypy_strict(project: Project) -> None:
    project.write("test_orders.py", RIGHT)
    untyped = ("kafka", "aiokafka", "confluent_kafka")
    overrides = "".join(f"[mypy-{name}.*]\nignore_missing_imports = true\n" for name in untyped)
    project.write("mypy.ini", f"[mypy]\nstrict = true\n{overrides}")
    run = project.python("-m", "mypy", "test_orders.py")
    assert run.status == 0, run.output


WRONG = [
    ('events.expect_event("a", where=7)', "arg-type"),
    ('events.expect_event("a", whre={})', "call-arg"),
    ('records("a", exactly="2")', "arg-type"),
    ('never("a", within_ms=5)', "call-arg"),
    ('journal.wait_for("Produce")', "arg-type"),
    ('load.sustained(10, 1, request="a", response="b", threshold=[])', "call-arg"),
    ('events.aexpect_event("a")', "unused-coroutine"),
]


def test_a_misuse_is_seen_by_the_type_checker(project: Project) -> None:
    head = (
        "from kafka_trial import Events, Journal, KafkaLoad\nfrom kafka_trial.flow import never, records\n"
        "async def wrong(events: Events, journal: Journal, load: KafkaLoad) -> None:\n"
    )
    project.write("wrong.py", head + "".join(f"    {line}\n" for line, _ in WRONG))
    run = project.python("-m", "mypy", "--strict", "wrong.py")
    for number, (line, error) in enumerate(WRONG, head.count("\n") + 1):
        assert re.search(rf"wrong\.py:{number}: error: .*\[{error}\]", run.output), f"{line}\n{run.output}"
