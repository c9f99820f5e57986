"""The fixture ``kafka_events``: its window, what matches, and what is said of what does not."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from conftest import Project

from kafka_trial import Events, KafkaBroker, ReceivedEvent


@pytest.fixture
def broker() -> Iterator[KafkaBroker]:
    with KafkaBroker.start(topics={"orders": 1}) as broker:
        yield broker


@pytest.fixture
def events(broker: KafkaBroker) -> Events:
    broker.produce("orders", {"correlation_id": "7", "state": "old"})
    return Events(broker.bootstrap_servers)


def test_an_event_is_given_with_its_place_and_older_ones_never_match(broker: KafkaBroker, events: Events) -> None:
    broker.produce("orders", {"correlation_id": "7", "state": "paid", "total": 12}, b"7", headers={"source": "shop"})
    event = events.expect_event(
        "orders",
        correlation_id="7",
        key="7",
        headers={"source": "shop"},
        where={"state": "paid", "/total": 12},
        schema={"required": ["total"]},
    )
    assert (event.topic, event.partition, event.offset, event["total"]) == ("orders", 0, 1, 12)
    assert events.expect_event("orders", where=lambda event: event["total"] > 10) == event
    assert events.all("orders") == [event]


def test_what_comes_near_is_shown_part_by_part(broker: KafkaBroker, events: Events) -> None:
    broker.produce("orders", {"correlation_id": "8", "state": "new"})
    broker.produce("orders", {"correlation_id": "7", "total": "many"})
    with pytest.raises(AssertionError) as caught:
        events.expect_event(
            "orders",
            correlation_id="7",
            where={"state": "paid"},
            schema={"title": "an order", "properties": {"total": {"type": "number"}}},
            timeout_seconds=0,
        )
    assert str(caught.value).splitlines() == [
        'no event on orders with correlation id "7" and /state == "paid" and the schema of an order within 0ns; '
        "2 others came there",
        '  orders-0@1: its correlation id is "8", not "7"; /state is "new", not "paid"',
        '  orders-0@2: there is no /state; /total: "many" is not of type "number"',
    ]


def test_a_function_that_raises_is_a_reason_and_no_end(broker: KafkaBroker, events: Events) -> None:
    def is_large(event: ReceivedEvent) -> bool:
        return bool(event["total"] > 10)

    broker.produce("orders", {"id": 1})
    broker.produce("orders", {"total": 9})
    reasons = r"(?s)is_large .*test_events.py:\d+\) raised KeyError: 'total'.*is not true"
    with pytest.raises(AssertionError, match=reasons):
        events.expect_event("orders", where=is_large, timeout_seconds=0.1)


def test_several_events_are_waited_for_while_others_go_on(broker: KafkaBroker, events: Events) -> None:
    def send() -> None:
        for number in (1, 2, 3):
            broker.produce("orders", {"number": number})

    sender = threading.Thread(target=send)
    sender.start()
    found = events.expect_events("orders", 3, ordered_by="/number")
    sender.join()
    assert [event["number"] for event in found] == [1, 2, 3]
    assert events.expect_event("orders", count=2)["number"] == 2
    broker.produce("orders", {"number": 1})
    with pytest.raises(AssertionError, match=r"orders-0@4 has 1 at /number and came behind orders-0@3 with 3"):
        events.expect_events("orders", 4, ordered_by="/number")


def test_absence_is_waited_for(broker: KafkaBroker, events: Events) -> None:
    events.expect_no_event("orders", during_seconds=0.05)
    broker.produce("orders", {"state": "failed"})
    with pytest.raises(AssertionError, match="expected no event on orders, and orders-0@1 is one: ."):
        events.expect_no_event("orders")


async def test_a_coroutine_waits_without_holding_its_loop(broker: KafkaBroker, events: Events) -> None:
    broker.produce("orders", {"number": 7})
    assert (await events.aexpect_event("orders", where={"number": 7})).offset == 1


def test_wrong_calls_say_what_is_expected(events: Events) -> None:
    with pytest.raises(ValueError, match="invalid JSON Schema"):
        events.expect_event("orders", schema={"type": "no such type"})
    with pytest.raises(ConnectionError):
        Events("127.0.0.1:1")


TEST = """\
def test_older_events_do_not_match(kafka_broker, kafka_topic, request):
    kafka_broker.produce(kafka_topic, {"state": "old"})
    events = request.getfixturevalue("kafka_events")
    kafka_broker.produce(kafka_topic, {"state": "new"})
    assert events.expect_event(kafka_topic)["state"] == "new"
"""


def test_the_fixture_opens_its_window_at_its_setup(project: Project) -> None:
    project.write("test_order.py", TEST)
    assert project.pytest().counts == {"passed": 1}
