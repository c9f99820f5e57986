"""Each wait has an awaitable twin that leaves the loop free, and a wait that holds the loop says so."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from conftest import Project

from kafka_trial import (
    AioKafka,
    ConsumerFactory,
    Events,
    FlowTracker,
    Journal,
    KafkaBroker,
    KafkaLoad,
    LoopBlocked,
    StartedFlow,
    TopicFactory,
    atrack_event_flow,
    await_for_kafka,
    track_event_flow,
    wait_for_kafka,
)

ID = "order-7"
WAITS: list[tuple[object, str]] = [
    (Events, "expect_event"),
    (Events, "expect_events"),
    (Events, "expect_no_event"),
    (FlowTracker, "follow"),
    (FlowTracker, "expect"),
    (StartedFlow, "follow"),
    (StartedFlow, "expect"),
    (Journal, "wait_for"),
    (KafkaBroker, "wait_group_stable"),
    (KafkaBroker, "wait_caught_up"),
    (KafkaLoad, "sustained"),
    (KafkaLoad, "concurrent"),
    (KafkaLoad, "stages"),
    (KafkaLoad, "search"),
    (KafkaLoad, "scenario"),
]


@pytest.mark.parametrize(("owner", "name"), WAITS, ids=[f"{owner.__name__}.{name}" for owner, name in WAITS])  # type: ignore[attr-defined]
def test_every_wait_has_a_twin_of_the_same_signature(owner: object, name: str) -> None:
    wait, twin = getattr(owner, name), getattr(owner, f"a{name}")
    assert inspect.iscoroutinefunction(twin) or inspect.iscoroutinefunction(inspect.unwrap(twin))
    assert inspect.signature(twin) == inspect.signature(wait)
    assert twin.__name__ == f"a{name}"


def test_the_waits_of_the_utilities_have_twins_too() -> None:
    assert inspect.signature(atrack_event_flow) == inspect.signature(track_event_flow)
    assert inspect.signature(await_for_kafka) == inspect.signature(wait_for_kafka)


@asynccontextmanager
async def answering(aio: AioKafka, requests: str, responses: str) -> AsyncIterator[None]:
    """A service that is a task of the test's loop."""

    async with aio.consumer(requests, wait_assigned=True) as consumer, aio.producer() as producer:

        async def serve() -> None:
            async for record in consumer:
                await producer.send_and_wait(responses, record.value)

        service = asyncio.create_task(serve())
        yield
        service.cancel()


async def test_a_service_on_the_loop_answers_while_its_test_awaits(
    kafka_aio: AioKafka,
    kafka_topics: TopicFactory,
    kafka_broker: KafkaBroker,
    kafka_flow: FlowTracker,
    kafka_events: Events,
    kafka_journal: Journal,
) -> None:
    requests, responses = kafka_topics("requests", "responses")
    async with answering(kafka_aio, requests, responses):
        kafka_broker.produce(requests, {"correlation_id": ID})
        assert (await kafka_flow.aexpect(ID, requests, responses)).is_complete
        assert (await atrack_event_flow(ID, requests, responses))["response_found"]
        assert (await kafka_events.aexpect_event(responses, correlation_id=ID)).topic == responses
        assert len(await kafka_events.aexpect_events(responses, 1)) == 1
        await kafka_events.aexpect_no_event(responses, correlation_id="another", during_seconds=0.1)
        assert (await kafka_journal.await_for(api="Produce", topic=responses)).error is None
        assert await await_for_kafka(max_retries=1)


async def test_a_group_and_a_consumer_are_awaited_too(
    kafka_broker: KafkaBroker, kafka_consumer: ConsumerFactory, kafka_topic: str, kafka_group: str
) -> None:
    consumer = await kafka_consumer.assigned(kafka_topic, kafka_group)
    assert consumer.assignment()
    assert (await kafka_broker.await_group_stable(kafka_group, members=1)).state == "Stable"


async def test_a_wait_that_holds_the_loop_says_so_at_once_and_in_its_verdict(
    kafka_aio: AioKafka, kafka_topics: TopicFactory, kafka_broker: KafkaBroker, kafka_flow: FlowTracker
) -> None:
    requests, responses = kafka_topics("requests", "responses")
    blocked = "the loop of this test was blocked, so a service on it could not answer"
    async with answering(kafka_aio, requests, responses):
        kafka_broker.produce(requests, {"correlation_id": ID})
        at_once = r"expect blocks the event loop.*write await aexpect\(...\)"
        with pytest.warns(LoopBlocked, match=at_once) as warned, pytest.raises(AssertionError, match=blocked):
            kafka_flow.expect(ID, requests, responses, timeout_seconds=0.3)
        assert len(warned) == 1
        with pytest.warns(LoopBlocked, match=r"write await afollow\(...\)"):
            assert blocked in kafka_flow.follow(ID, requests, responses, timeout_seconds=0.1).explanation
        assert (await kafka_flow.aexpect(ID, requests, responses)).is_complete


@pytest.mark.parametrize("name", ["expect_event", "wait_for", "wait_group_stable"])
async def test_what_a_blocking_wait_raises_says_that_the_loop_was_blocked(
    kafka_broker: KafkaBroker, kafka_events: Events, kafka_journal: Journal, kafka_topic: str, name: str
) -> None:
    waits: dict[str, Callable[[], object]] = {
        "expect_event": lambda: kafka_events.expect_event(kafka_topic, timeout_seconds=0.1),
        "wait_for": lambda: kafka_journal.wait_for(api="Produce", timeout_seconds=0.1),
        "wait_group_stable": lambda: kafka_broker.wait_group_stable("nobody", timeout_seconds=0.1),
    }
    with (
        pytest.warns(LoopBlocked),
        pytest.raises((AssertionError, TimeoutError), match="the loop of this test was blocked"),
    ):
        waits[name]()


def test_a_wait_in_a_plain_test_or_on_a_thread_says_nothing(recwarn: pytest.WarningsRecorder, kafka_topic: str) -> None:
    track_event_flow(ID, kafka_topic, kafka_topic, timeout_seconds=0.1)

    async def on_a_thread() -> Any:
        return await asyncio.to_thread(track_event_flow, ID, kafka_topic, kafka_topic, 0.1)

    asyncio.run(on_a_thread())
    assert not [warning for warning in recwarn if issubclass(warning.category, LoopBlocked)]


def test_a_failed_test_shows_which_wait_blocked_its_loop(project: Project) -> None:
    project.write(
        "test_blocked.py",
        "from kafka_trial import track_event_flow\n"
        "async def test_blocked(kafka_topic):\n"
        "    assert track_event_flow('id', kafka_topic, kafka_topic, timeout_seconds=0.1)['response_found']\n",
    )
    run = project.pytest("-q", "-o", "asyncio_mode=auto")
    assert run.counts["failed"] == 1 and "kafka event loop" in run.output, run.output
    assert "track_event_flow: the loop of this test was blocked" in run.output, run.output
    assert "write await atrack_event_flow(...) in its place" in run.output, run.output


def test_a_twin_that_is_not_awaited_fails_its_test(project: Project) -> None:
    project.write(
        "test_forgotten.py",
        "async def test_forgotten(kafka_events, kafka_topic):\n    kafka_events.aexpect_events(kafka_topic, 3)\n",
    )
    run = project.pytest("-q", "-o", "asyncio_mode=auto", "-W", "ignore")
    assert run.counts["failed"] == 1 and "aexpect_events was not awaited" in run.output, run.output


def typed(events: Events, flows: FlowTracker) -> list[Awaitable[object]]:
    """What a type checker knows of the twins; it is never called."""
    return [events.aexpect_event("topic", correlation_id="7", count=2), flows.aexpect("id", "a", "b", within_ms=5.0)]
