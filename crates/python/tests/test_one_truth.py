"""What a record is, and what became of a flow, has one answer for all who ask."""

from __future__ import annotations

import json
from typing import Any

import pytest
from conftest import Project

from kafka_trial import Events, KafkaBroker, consume_response, track_event_flow
from kafka_trial._consumers import ConsumerFactory
from kafka_trial._values import from_json
from kafka_trial.flow import FlowTracker, records

OBJECT = {"total": 12}
VALUES: list[tuple[str, bytes | None, dict[str, Any] | None]] = [
    ("plain", b'{"total": 12}', OBJECT),
    ("framed", b'\0\0\0\0\x07{"total": 12}', OBJECT),
    ("list", b"[1, 2]", None),
    ("text", b"hello", None),
    ("tombstone", None, None),
    ("magic alone", b"\0", None),
    ("frame without a value", b"\0\0\0\0\x07", None),
    ("avro", b"\0\0\0\0\x07\x02\x02a", None),
    ("bytes", b"\xff\xfe", None),
]


@pytest.mark.parametrize(("name", "value", "wanted"), VALUES, ids=[name for name, _, _ in VALUES])
async def test_every_reader_of_a_value_reads_the_same(
    name: str,
    value: bytes | None,
    wanted: dict[str, Any] | None,
    kafka_broker: KafkaBroker,
    kafka_events: Events,
    kafka_flow: FlowTracker,
    kafka_consumer: ConsumerFactory,
    kafka_topic: str,
) -> None:
    kafka_broker.produce(kafka_topic, value, headers={"x-correlation-id": name})
    event = await kafka_events.aexpect_event(kafka_topic, correlation_id=name)
    assert from_json(value) == wanted
    assert (event == OBJECT) is (wanted is not None)
    tracking = await kafka_flow.afollow(name, kafka_topic)
    assert tracking.request_event == wanted
    read = await consume_response(kafka_consumer(kafka_topic), name, timeout_seconds=5.0 if wanted else 1.0)
    assert read == wanted


def test_a_received_event_is_a_read_only_mapping(
    kafka_broker: KafkaBroker, kafka_events: Events, kafka_topic: str
) -> None:
    kafka_broker.produce(kafka_topic, {"state": "paid", "items": [1]})
    event = kafka_events.expect_event(kafka_topic)
    assert "state" in event and "none" not in event
    assert (event["state"], event.get("none"), event.get("none", 7)) == ("paid", None, 7)
    assert (dict(event), list(event), len(event)) == ({"state": "paid", "items": [1]}, ["state", "items"], 2)
    assert event == {"state": "paid", "items": [1]} and event != {"state": "new"}
    with pytest.raises(TypeError):
        event["state"] = "new"  # type: ignore[index]
    assert event.json == dict(event) and event.text == '{"state":"paid","items":[1]}'


def test_what_is_not_an_object_is_waited_for_and_says_what_it_is(
    kafka_broker: KafkaBroker, kafka_events: Events, kafka_topic: str
) -> None:
    for value in (None, "hello", b"[1, 2]", b"\xff"):
        kafka_broker.produce(kafka_topic, value)

    def offset(**wanted: Any) -> int:
        return kafka_events.expect_event(kafka_topic, **wanted).offset

    assert [offset(value=None), offset(value="hello"), offset(value=[1, 2]), offset(value=b"\xff")] == [0, 1, 2, 3]
    assert offset(where=lambda event: event.value is not None and event.text == "hello") == 1
    tombstone = kafka_events.expect_event(kafka_topic, value=None)
    assert tombstone, "it came, whatever it holds"
    with pytest.raises(TypeError, match=f"{kafka_topic}-0@0 has no fields: it is a tombstone"):
        tombstone["state"]
    with pytest.raises(ValueError, match="is not JSON: expected value"):
        _ = kafka_events.expect_event(kafka_topic, value="hello").json
    with pytest.raises(AssertionError, match="raised TypeError: .* has no fields: it is a tombstone"):
        kafka_events.expect_event(kafka_topic, where=lambda event: event["state"] == "paid", timeout_seconds=0.01)


async def test_an_id_in_a_header_is_found_and_a_miss_names_the_ids_that_came(
    kafka_broker: KafkaBroker, kafka_consumer: ConsumerFactory, kafka_topic: str
) -> None:
    kafka_broker.produce(kafka_topic, {"price": 1}, headers={"kafka_correlationId": "7"})
    kafka_broker.produce(kafka_topic, {"price": 2}, key="8")
    consumer = kafka_consumer(kafka_topic)
    assert await consume_response(consumer, "8") == {"price": 2}
    assert await consume_response(consumer, "7") == {"price": 1}, "it was read past"


def test_a_transaction_that_was_aborted_is_not_seen_unless_it_is_asked_for(
    kafka_broker: KafkaBroker, kafka_consumer: ConsumerFactory, kafka_topic: str
) -> None:
    from kafka import KafkaProducer

    producer = KafkaProducer(bootstrap_servers=kafka_broker.bootstrap_servers, transactional_id=kafka_topic)
    producer.init_transactions()
    for value, commits in ((b"aborted", False), (b"committed", True)):
        producer.begin_transaction()
        producer.send(kafka_topic, value).get(timeout=10)
        producer.commit_transaction() if commits else producer.abort_transaction()
    producer.begin_transaction()
    producer.send(kafka_topic, b"open").get(timeout=10)
    assert [record.value for record in kafka_broker.records(kafka_topic)] == [b"committed"]
    everything = [record.value for record in kafka_broker.records(kafka_topic, uncommitted=True)]
    assert everything == [b"aborted", b"committed", b"open"]
    read = kafka_consumer(kafka_topic, wait_assigned=True).poll(timeout_ms=5000)
    assert [record.value for batch in read.values() for record in batch] == [b"committed"]
    producer.abort_transaction()
    producer.close()


def test_the_duration_of_a_flow_is_one(kafka_broker: KafkaBroker, kafka_flow: FlowTracker, kafka_topics: Any) -> None:
    request, response = kafka_topics("requests", "responses")
    for topic in (request, response):
        kafka_broker.produce(topic, {"correlation_id": "7"})
    tracking = track_event_flow("7", request, response)
    flow = kafka_flow.expect("7", request, response)
    assert tracking["duration_ms"] == flow.data["duration_ms"], "by the broker's clock, in microseconds"
    assert tracking["duration_ms"] is not None and tracking["duration_ms"] > 0
    assert tracking["request_event"] == flow.request_event == {"correlation_id": "7"}


def test_questions_share_one_connection_and_read_nothing_twice(
    kafka_broker: KafkaBroker, kafka_flow: FlowTracker, kafka_topics: Any
) -> None:
    request, response = kafka_topics("requests", "responses")
    kafka_flow.follow("before", request, response, timeout_seconds=0)
    journal = kafka_broker.journal().from_now()
    for number in range(20):
        for topic in (request, response):
            kafka_broker.produce(topic, {"correlation_id": f"id-{number}"})
        assert kafka_flow.expect(f"id-{number}", request, response).is_complete
        assert track_event_flow(f"id-{number}", request, response)["response_found"]
    own = journal.entries(client_id="kafka-trial-flow")
    assert len({entry.connection for entry in own}) <= 2
    fetched = [of.first for entry in own for of in entry.partitions if entry.api == "Fetch" and of.first is not None]
    assert len(fetched) == 40


def test_ids_of_ones_own_are_found_by_locators(
    kafka_broker: KafkaBroker, kafka_flow: FlowTracker, kafka_topics: Any
) -> None:
    request, response = kafka_topics("requests", "responses")
    kafka_broker.produce(request, {"order": {"number": 7}})
    kafka_broker.produce(response, {}, headers={"x-order": "7"})
    own = kafka_flow.with_locators("$message.payload#/order/number", "$message.header#/x-order")
    assert own.expect("7", request, response).is_complete
    with pytest.raises(ValueError, match="invalid locator"):
        kafka_flow.with_locators("x-order").follow("7", request, timeout_seconds=0)


def test_a_projects_locators_are_those_of_events_flows_and_consume_response(project: Project) -> None:
    project.write("pytest.ini", "[pytest]\nasyncio_mode = auto\nkafka_trial_locators = $message.header#/x-order\n")
    project.write(
        "test_orders.py",
        """
from kafka_trial import consume_response

async def test_found(kafka_broker, kafka_topic, kafka_events, kafka_flow, kafka_consumer):
    kafka_broker.produce(kafka_topic, {"a": 1}, headers={"x-order": "7"})
    assert await kafka_events.aexpect_event(kafka_topic, correlation_id="7") == {"a": 1}
    assert (await kafka_flow.aexpect("7", kafka_topic)).is_complete
    assert await consume_response(kafka_consumer(kafka_topic), "7") == {"a": 1}
""",
    )
    run = project.pytest()
    assert run.counts == {"passed": 1}, run.output


def test_conditions_on_keys_and_headers_are_those_of_events(
    kafka_broker: KafkaBroker, kafka_flow: FlowTracker, kafka_topic: str
) -> None:
    kafka_broker.produce(kafka_topic, {"correlation_id": "7"}, key="ada", headers={"source": "web"})
    kafka_flow.expect("7", kafka_topic, also=[records(kafka_topic, key="ada", headers={"source": "web"})])
    flow = kafka_flow.follow("7", kafka_topic, timeout_seconds=0, also=[records(kafka_topic, key="bob")])
    assert 'its key is "ada", not "bob"' in flow.summary


FAILING = """
from kafka_trial import track_event_flow

def test_no_answer(kafka_broker, kafka_topics):
    request, response = kafka_topics("requests", "responses")
    kafka_broker.produce(request, {"correlation_id": "order-7"})
    assert track_event_flow("order-7", request, response, timeout_seconds=0.05)["response_found"]

def test_of_another(kafka_broker, kafka_topics):
    request, response = kafka_topics("requests", "responses")
    kafka_broker.produce(request, {"correlation_id": "order-8"})
    assert not track_event_flow("order-8", request, response, timeout_seconds=0.05)["response_found"]

def test_that_fails_for_another_reason(kafka_broker):
    assert False
"""


def test_a_test_that_fails_after_track_event_flow_found_no_answer_shows_the_verdict(project: Project) -> None:
    project.write("test_orders.py", FAILING)
    run = project.pytest()
    assert run.counts == {"failed": 2, "passed": 1}, run.output
    assert run.output.count("kafka flow ---") == 1, run.output
    assert "flow order-7: produced_not_fetched" in run.output
    assert "nobody has fetched requests-" in run.output and "and no group reads requests-" in run.output
    assert "order-8" not in run.output, "a flow is of the test that followed it"
    assert json.dumps(OBJECT)
