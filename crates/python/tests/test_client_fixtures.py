"""What the fixtures of each client set, wait for and leave out."""

from __future__ import annotations

import warnings
from typing import Any

import pytest
from conftest import Project
from waiting import until

from kafka_trial import (
    AioKafka,
    ConfluentKafka,
    ConsumerFactory,
    Events,
    ExternalKafka,
    KafkaBroker,
    KafkaTestConfig,
    LoopBlocked,
    Responder,
    TopicFactory,
    consume_response,
    publish_test_event,
)

SPEC_HEARTBEAT_MS = 10_000
EMBEDDED_HEARTBEAT_MS = 300


def test_fixtures_choose_a_short_heartbeat_on_the_embedded_broker_alone(
    kafka_broker: KafkaBroker, kafka_consumer: ConsumerFactory, kafka_topic: str
) -> None:
    assert kafka_consumer(kafka_topic).config["heartbeat_interval_ms"] == EMBEDDED_HEARTBEAT_MS
    assert KafkaTestConfig.get_consumer_config("g")["heartbeat_interval_ms"] == SPEC_HEARTBEAT_MS
    external = ConsumerFactory(ExternalKafka(kafka_broker.bootstrap_servers))
    assert external(kafka_topic).config["heartbeat_interval_ms"] == SPEC_HEARTBEAT_MS
    external.close()


def test_two_members_of_kafka_python_share_the_partitions(
    kafka_broker: KafkaBroker, kafka_consumer: ConsumerFactory, kafka_topics: Any, kafka_group: str
) -> None:
    (topic,) = kafka_topics("shared", partitions=2)
    first = kafka_consumer(topic, kafka_group, wait_assigned=True)
    second = kafka_consumer(topic, kafka_group)

    def shares() -> tuple[int, int]:
        for consumer in (first, second):
            # kafka-python 3.0 loses the assignment when a short poll ends in the middle of a join.
            consumer.poll(timeout_ms=1000)
        return len(first.assignment()), len(second.assignment())

    until(shares, lambda shares: shares == (1, 1), "a partition for each member")


def test_none_takes_a_setting_out(kafka_consumer: ConsumerFactory, kafka_topic: str) -> None:
    consumer = kafka_consumer(kafka_topic, max_poll_records=None, client_id=None)
    assert consumer.config["max_poll_records"] != 100


def test_confluent_kafka_joins_by_the_consumer_protocol(
    kafka_broker: KafkaBroker, kafka_confluent: ConfluentKafka, kafka_topic: str, kafka_group: str
) -> None:
    kafka_confluent.consumer(kafka_topic, kafka_group, {"group.protocol": "consumer"}, wait_assigned=True)
    assert kafka_broker.group(kafka_group).group_type == "consumer"


def test_none_takes_a_setting_of_librdkafka_out(kafka_confluent: ConfluentKafka, kafka_topic: str) -> None:
    # librdkafka refuses a session timeout below the heartbeat interval, and that one alone.
    settings = {"heartbeat.interval.ms": None, "session.timeout.ms": None, "auto.offset.reset": None}
    assert kafka_confluent.consumer(kafka_topic, None, settings).list_topics(timeout=10).topics


@pytest.mark.parametrize("reset", ["latest", "earliest"])
def test_confluent_kafka_has_its_positions_when_it_was_waited_for(
    kafka_broker: KafkaBroker, kafka_confluent: ConfluentKafka, kafka_topic: str, reset: str
) -> None:
    kafka_broker.produce(kafka_topic, "old")
    consumer = kafka_confluent.consumer(kafka_topic, None, {"auto.offset.reset": reset}, wait_assigned=True)
    kafka_broker.produce(kafka_topic, "new")
    message = until(lambda: consumer.poll(0.1), bool, "a record")
    assert message is not None and message.value() == {"latest": b"new", "earliest": b"old"}[reset]


@pytest.mark.parametrize("reset", ["latest", "earliest"])
async def test_aiokafka_has_its_positions_when_it_was_waited_for(
    kafka_broker: KafkaBroker, kafka_aio: AioKafka, kafka_topic: str, reset: str
) -> None:
    kafka_broker.produce(kafka_topic, "old")
    async with kafka_aio.consumer(kafka_topic, wait_assigned=True, auto_offset_reset=reset) as consumer:
        kafka_broker.produce(kafka_topic, "new")
        record = await consumer.getone()
    assert record.value == {"latest": b"new", "earliest": b"old"}[reset]


# kafka-python closes a producer with unsent records once more, and in vain, when it is collected.
IGNORED = "ignore::pytest.PytestUnraisableExceptionWarning"


@pytest.mark.parametrize("use", ["kafka_broker.stop()", "kafka_broker.stop_broker(0)"])
def test_clients_of_a_broker_that_is_gone_end_without_a_word(project: Project, use: str) -> None:
    project.write("pytest.ini", "[pytest]\nasyncio_mode = auto\nasyncio_default_fixture_loop_scope = function\n")
    project.write(
        "test_gone.py",
        f"""\
import pytest

pytestmark = pytest.mark.kafka_broker

def test_kafka_python(kafka_broker, kafka_producer, kafka_consumer, kafka_topic):
    kafka_consumer(kafka_topic, wait_assigned=True)
    kafka_producer.send(kafka_topic, value={{}}).get(timeout=10)
    {use}
    kafka_producer.send(kafka_topic, value={{}})

def test_confluent(kafka_broker, kafka_confluent, kafka_topic):
    kafka_confluent.consumer(kafka_topic, wait_assigned=True)
    producer = kafka_confluent.producer()
    {use}
    producer.produce(kafka_topic, b"7")

async def test_aiokafka(kafka_broker, kafka_aio_producer, kafka_aio_consumer, kafka_topic):
    await kafka_aio_consumer(kafka_topic, wait_assigned=True)
    await kafka_aio_producer.send_and_wait(kafka_topic, b"7")
    {use}
""",
    )
    run = project.pytest("-q", "--durations=6", "-W", "error::UserWarning", "-W", IGNORED)
    assert run.counts == {"passed": 3}, run.output


def test_every_consumer_of_kafka_python_gets_its_partitions(kafka_broker: KafkaBroker) -> None:
    """kafka-python may lose a subscription that is made while metadata arrives; those of the factory are kept."""
    factory = ConsumerFactory(kafka_broker)
    for number in range(25):
        kafka_broker.create_topic(f"just-made-{number}")
        consumer = factory(f"just-made-{number}")

        def assigned(consumer: Any = consumer) -> object:
            return consumer.poll(timeout_ms=50) or consumer.assignment()

        until(assigned, bool, f"partitions of consumer {number}")
        consumer.close()
    factory.close()


async def test_keys_may_be_text_for_every_client(
    kafka_broker: KafkaBroker,
    kafka_producer: Any,
    kafka_aio: AioKafka,
    kafka_confluent: ConfluentKafka,
    kafka_topic: str,
) -> None:
    kafka_broker.produce(kafka_topic, "0", key="ä")
    kafka_producer.send(kafka_topic, value="1", key="ä").get(timeout=10)
    async with kafka_aio.producer() as producer:
        await producer.send_and_wait(kafka_topic, b"2", key="ä")
        await publish_test_event(producer, kafka_topic, {}, "3", key="ä")
    confluent = kafka_confluent.producer()
    confluent.produce(kafka_topic, b"4", key="ä")
    assert confluent.flush(10) == 0
    await publish_test_event(kafka_producer, kafka_topic, {}, "5", key=b"\xff\xfe")
    keys = [record.key for record in kafka_broker.records(kafka_topic)]
    assert keys == ["ä".encode()] * 5 + [b"\xff\xfe"]
    with pytest.raises(ValueError, match="key is an int; expected text or bytes"):
        kafka_producer.send(kafka_topic, key=7)


def test_keywords_are_settings_of_librdkafka_too(kafka_confluent: ConfluentKafka, kafka_topic: str) -> None:
    errors: list[object] = []
    producer = kafka_confluent.producer(linger_ms=0, compression_type="zstd", error_cb=errors.append)
    producer.produce(kafka_topic, b"7")
    assert producer.flush(10) == 0 and not errors
    # The lowest session timeout that librdkafka takes with this heartbeat; None takes the fixture's own out.
    consumer = kafka_confluent.consumer(kafka_topic, heartbeat_interval_ms=None, auto_offset_reset="latest")
    assert consumer.list_topics(timeout=10).topics


def test_none_takes_a_config_out(kafka_topics: TopicFactory) -> None:
    shape: dict[str, Any] = {"partitions": 2, "cleanup.policy": None, "retention_ms": 1000}
    with KafkaBroker.start(config={"num.partitions": None}, topics={"orders": shape}) as broker:
        broker.create_topic("audit", cleanup_policy=None)
        assert broker.records("orders", 1) == broker.records("audit", 0) == []
    assert kafka_topics("orders", configs={"cleanup.policy": None})


async def test_waiting_for_an_assignment_warns_on_a_loop_and_its_twin_does_not(
    kafka_consumer: ConsumerFactory,
    kafka_confluent: ConfluentKafka,
    kafka_responder: Responder,
    kafka_topics: TopicFactory,
) -> None:
    topic, answers = kafka_topics("orders", "answers")
    with pytest.warns(
        LoopBlocked, match=r"kafka_consumer\(wait_assigned=True\) .* write await kafka_consumer.assigned"
    ):
        kafka_consumer(topic, wait_assigned=True)
    with pytest.warns(LoopBlocked, match=r"kafka_confluent.* write await kafka_confluent.aconsumer\(...\)"):
        kafka_confluent.consumer(topic, wait_assigned=True)
    with pytest.warns(
        LoopBlocked, match=r"kafka_responder.on\(group=...\) .* write await kafka_responder.aon"
    ) as warned:
        kafka_responder.on(topic, answers, group="loop")
    assert len(warned) == 1 and warned[0].filename == __file__
    with warnings.catch_warnings():
        warnings.simplefilter("error", LoopBlocked)
        assert (await kafka_consumer.assigned(topic)).assignment()
        assert (await kafka_confluent.aconsumer(topic, wait_assigned=True)).assignment()
        # The topic has one partition, which the first group's member has.
        await kafka_responder.aon(topic, answers, group="twin")
        kafka_consumer(topic)
        kafka_responder.on(topic, answers)


async def test_no_reader_of_a_fixture_sees_an_aborted_or_an_open_transaction(
    kafka_broker: KafkaBroker,
    kafka_aio: AioKafka,
    kafka_confluent: ConfluentKafka,
    kafka_consumer: ConsumerFactory,
    kafka_events: Events,
    kafka_responder: Responder,
    kafka_topics: TopicFactory,
) -> None:
    topic, answers, shared = kafka_topics("orders", "answers", "shared")
    alone = kafka_responder.on(topic, answers)
    member = await kafka_responder.aon(topic, shared, group="transactions")
    producer = kafka_confluent.producer(transactional_id=topic)
    producer.init_transactions(10)
    for number, ending in enumerate(("abort", "commit", "open")):
        producer.begin_transaction()
        producer.produce(topic, b'{"correlation_id": "%d"}' % number)
        producer.flush(10)
        if ending != "open":
            getattr(producer, f"{ending}_transaction")(10)
    async with kafka_aio.consumer(topic) as aio:
        clients = [aio, kafka_consumer(topic), kafka_confluent.consumer(topic)]
        for client in clients:
            assert await consume_response(client, "1") == {"correlation_id": "1"}
            for id in ("0", "2"):
                assert await consume_response(client, id, timeout_seconds=0.2) is None
    assert [event["correlation_id"] for event in kafka_events.all(topic)] == ["1"]
    until(lambda: (alone.calls, member.calls), lambda calls: all(calls), "the answers")
    assert [call["correlation_id"] for call in alone.calls + member.calls] == ["1", "1"]
    async with kafka_aio.consumer(topic, isolation_level="read_uncommitted") as aio:
        assert await consume_response(aio, "0") == {"correlation_id": "0"}
    producer.abort_transaction(10)
