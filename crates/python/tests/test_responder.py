"""The fixture ``kafka_responder``: what it answers, when it does not, and that it ends."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from kafka_trial import KafkaBroker, Responder, consume_response, publish_test_event
from kafka_trial.kafka_utils import Event


@pytest.fixture
def topics(kafka_topics: Callable[..., list[str]]) -> tuple[str, str]:
    request, response = kafka_topics("request", "response")
    return request, response


async def ask(producer: Any, topic: str, event: Event, correlation_id: str) -> None:
    await publish_test_event(producer, topic, event, correlation_id)


async def test_a_request_is_answered_with_its_correlation_id(
    kafka_responder: Responder, kafka_producer: Any, kafka_consumer: Callable[..., Any], topics: tuple[str, str]
) -> None:
    request, response = topics
    handle = kafka_responder.on(request, response, lambda event: {"price": event["pieces"] * 3})
    consumer = kafka_consumer(response)
    await ask(kafka_producer, request, {"pieces": 7}, "id-7")
    answer = await consume_response(consumer, "id-7")
    assert answer == {"correlation_id": "id-7", "price": 21}
    assert handle.calls == [{"pieces": 7, "correlation_id": "id-7"}] and handle.errors == []


async def test_without_a_reply_the_request_comes_back(
    kafka_responder: Responder, kafka_producer: Any, kafka_consumer: Callable[..., Any], topics: tuple[str, str]
) -> None:
    request, response = topics
    kafka_responder.on(request, response, delay_ms=lambda number: 10.0 * number)
    consumer = kafka_consumer(response)
    for number in range(3):
        await ask(kafka_producer, request, {"number": number}, f"id-{number}")
    answer = await consume_response(consumer, "id-2")
    assert answer is not None and answer["number"] == 2


async def test_what_is_dropped_refused_or_wrong_has_no_answer(
    kafka_responder: Responder,
    kafka_producer: Any,
    kafka_consumer: Callable[..., Any],
    kafka_broker: KafkaBroker,
    topics: tuple[str, str],
) -> None:
    request, response = topics

    def reply(event: Event) -> Event | None:
        if event["number"] == 1:
            raise ValueError("one is too small")
        return None if event["number"] == 2 else {"number": event["number"]}

    handle = kafka_responder.on(request, response, reply, drop=lambda event: event["number"] == 0)
    kafka_broker.produce(request, b"no JSON")
    for number in range(4):
        await ask(kafka_producer, request, {"number": number}, f"id-{number}")
    answer = await consume_response(kafka_consumer(response), "id-3")
    assert answer is not None
    assert [event["number"] for event in handle.calls] == [0, 1, 2, 3]
    assert [str(error) for error in handle.errors] == ["one is too small"]
    assert [record.key for record in kafka_broker.records(response)] == [b"id-3"]


async def test_after_its_end_nothing_is_answered_and_others_go_on(
    kafka_responder: Responder,
    kafka_producer: Any,
    kafka_consumer: Callable[..., Any],
    kafka_broker: KafkaBroker,
    kafka_topic: str,
    topics: tuple[str, str],
) -> None:
    request, response = topics
    ended, other = kafka_responder.on(request, response), kafka_responder.on(request, kafka_topic)
    ended.stop()
    ended.stop()
    await ask(kafka_producer, request, {"number": 1}, "id-1")
    assert await consume_response(kafka_consumer(kafka_topic), "id-1") is not None
    assert (len(other.calls), ended.calls, kafka_broker.records(response)) == (1, [], [])
