"""The fixture ``kafka_responder``: what it answers, when it does not, and that it ends."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from waiting import until

from kafka_trial import Answer, KafkaBroker, Request, Responder, consume_response, publish_test_event
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


@pytest.mark.parametrize("group", [None, "billing"])
async def test_a_reply_sees_key_and_headers_and_answers_with_its_own(
    kafka_responder: Responder, kafka_broker: KafkaBroker, topics: tuple[str, str], group: str | None
) -> None:
    request, response = topics

    def reply(order: Request) -> Answer:
        assert (order.key, order.header("source"), order.record.topic) == (b"ada", b"web", request)
        return Answer({"price": 21}, headers=[("content-type", "application/json"), ("nothing", None)])

    handle = await kafka_responder.aon(request, response, reply, group=group)
    headers: dict[str, str | bytes | None] = {"source": "web", "Correlation-ID": "id-7", "other": b"\xff"}
    kafka_broker.produce(request, {"pieces": 7}, key="ada", headers=headers)
    (answer,) = until(lambda: kafka_broker.records(response), bool, "answers")
    assert (answer.key, answer.value) == (b"ada", b'{"price":21}')
    assert answer.headers == [("content-type", b"application/json"), ("nothing", None), ("Correlation-ID", b"id-7")]
    assert handle.calls == [{"pieces": 7}] and handle.errors == []


async def test_an_id_deep_in_the_value_comes_back_in_its_place_with_the_type_it_has(
    kafka_responder: Responder, kafka_broker: KafkaBroker, topics: tuple[str, str]
) -> None:
    request, response = topics
    kafka_responder.on(request, response, lambda order: {"metadata": {"source": "test"}})
    kafka_broker.produce(request, {"metadata": {"correlation_id": 2**70, "other": 1}})
    (answer,) = until(lambda: kafka_broker.records(response), bool, "answers")
    assert json.loads(answer.value or b"") == {"metadata": {"source": "test", "correlation_id": 2**70}}
    assert answer.key == str(2**70).encode()


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


async def test_in_a_group_it_commits_what_it_answered_and_the_next_goes_on_there(
    kafka_responder: Responder,
    kafka_producer: Any,
    kafka_consumer: Callable[..., Any],
    kafka_broker: KafkaBroker,
    kafka_group: str,
    topics: tuple[str, str],
) -> None:
    request, response = topics
    kafka_broker.produce(request, {"correlation_id": "before"})
    handle = await kafka_responder.aon(request, response, group=kafka_group)
    assert [member.client_id for member in kafka_broker.group(kafka_group).members] == [f"{kafka_group}-responder"]
    consumer = kafka_consumer(response)
    await ask(kafka_producer, request, {"number": 1}, "id-1")
    assert await consume_response(consumer, "id-1") is not None
    handle.stop()
    handle.stop()
    group = kafka_broker.group(kafka_group)
    assert (group.state, group.committed, group.lag) == ("Empty", {(request, 0): 2}, {(request, 0): 0})

    await ask(kafka_producer, request, {"number": 2}, "id-2")
    assert kafka_broker.group(kafka_group).lag == {(request, 0): 1}
    second = await kafka_responder.aon(request, response, group=kafka_group)
    assert await consume_response(consumer, "id-2") is not None
    assert ([event["number"] for event in handle.calls], [event["number"] for event in second.calls]) == ([1], [2])
    assert handle.errors == second.errors == [] and second.last_error is None


async def test_only_the_named_handlers_of_the_reference_service_answer(
    kafka_responder: Responder, kafka_producer: Any, kafka_broker: KafkaBroker, kafka_test_topics: dict[str, str]
) -> None:
    service = kafka_responder.codegen("mixin")
    records = {name: len(kafka_broker.records(topic)) for name, topic in kafka_test_topics.items()}
    for handler in ("pattern", "mixin"):
        await ask(kafka_producer, kafka_test_topics[f"{handler}_request"], {"payload": {}}, "id-1")
    until(lambda: service.handled, lambda handled: handled == 1, "requests that are handled")
    after = {name: len(kafka_broker.records(topic)) - records[name] for name, topic in kafka_test_topics.items()}
    assert (after["pattern_request"], after["pattern_response"]) == (1, 0)
    assert (after["mixin_request"], after["mixin_response"]) == (1, 1)
    with pytest.raises(ValueError, match='"mixer" is no operation of the reference service: validate, analyze'):
        kafka_responder.codegen("mixer")  # type: ignore[arg-type]


async def test_a_reply_that_raised_is_a_warning_unless_the_test_has_looked(
    kafka_producer: Any, kafka_bootstrap_servers: str, topics: tuple[str, str]
) -> None:
    def fails(_: Event) -> Event:
        pytest.fail("not this one")

    def no_event(_: Event) -> Event:
        return "text"  # type: ignore[return-value]

    responder = Responder(kafka_bootstrap_servers)
    failing, wrong = responder.on(*topics, fails), responder.on(*topics, no_event)
    await ask(kafka_producer, topics[0], {}, "id-1")
    until(lambda: (failing._errors, wrong.errors), all, "errors of both")
    assert [str(error) for error in wrong.errors] == [
        "reply returned a str; expected a dict, an Answer, or None for no answer"
    ]
    expected = (
        r"the responder of request-.* left 1 request\(s\) without an answer: its reply raised Failed: not this one"
    )
    with pytest.warns(UserWarning, match=expected) as warned:
        responder.close()
    assert len(warned) == 1


def test_a_reply_that_is_a_coroutine_function_is_refused(kafka_responder: Responder, topics: tuple[str, str]) -> None:
    async def reply(event: Event) -> Event:
        return event

    with pytest.raises(TypeError, match="write def instead of async def"):
        kafka_responder.on(*topics, reply)  # type: ignore[arg-type]
