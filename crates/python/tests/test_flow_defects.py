"""What is said of a flow when something is wrong with the service: one defect after the other, sown into a member of a
consumer group.

On the embedded broker each is told twice: by its journal, and by what any cluster's logs and groups tell. The latter is
told of a real Kafka too, where ``TEST_KAFKA_BOOTSTRAP_SERVERS`` names one.
"""

from __future__ import annotations

import json
import os
import re
import threading
import time
from collections.abc import Callable, Iterator
from enum import Enum
from typing import Any, NamedTuple
from uuid import uuid4

import kafka
import pytest
from waiting import until

from kafka_trial import KafkaBroker, create_test_topics, delete_test_topics
from kafka_trial.flow import FlowTracker, no_more_for

SERVERS = os.environ.get("TEST_KAFKA_BOOTSTRAP_SERVERS", "").strip()
# How long a member may take to join its group and to get at the request.
LIMIT = 30.0
# What the slow service takes, and what it may.
SLOW, WITHIN_MS = 0.3, 100.0
Event = dict[str, Any]


class Scene(NamedTuple):
    """One service with its topics."""

    servers: str
    suffix: str

    def name(self, part: str) -> str:
        return f"{part}-{self.suffix}"

    def send(self, topic: str, event: Event, **options: Any) -> None:
        producer = kafka.KafkaProducer(bootstrap_servers=self.servers, **options)
        try:
            if "transactional_id" in options:
                producer.init_transactions()
                producer.begin_transaction()
            producer.send(self.name(topic), json.dumps(event).encode()).get(LIMIT)
            if "transactional_id" in options:
                producer.abort_transaction()
        finally:
            producer.close(LIMIT)

    def plain(self, text: str) -> str:
        """Without what differs from run to run: names, ids of members, times."""
        text = re.sub(r"service-[0-9a-f]{8}-[0-9a-f-]{27}", "MEMBER", text.replace(f"-{self.suffix}", ""))
        return re.sub(r"[+]?\d+(\.\d+)? m?s\b", "N ms", text)


class After(Enum):
    """What a member does when it has handled a request."""

    COMMIT = "commits, and goes on"
    LEAVE = "commits, and leaves its group"
    PAUSE = "commits, and reads no more"
    HOLD = "does not come back"


Handler = Callable[[Scene, Event], After]


class Service(threading.Thread):
    """A member of the group ``billing`` that does with each request what the handler says."""

    def __init__(self, scene: Scene, handler: Handler) -> None:
        super().__init__(daemon=True)
        self.scene = scene
        self.handler = handler
        self.ended = threading.Event()
        #: What it did after each request.
        self.done: list[After] = []

    def run(self) -> None:
        consumer = kafka.KafkaConsumer(
            self.scene.name("requests"),
            bootstrap_servers=self.scene.servers,
            group_id=self.scene.name("billing"),
            client_id="service",
            auto_offset_reset="earliest",
            enable_auto_commit=False,
            max_poll_records=1,
        )
        try:
            while not self.ended.is_set() and After.LEAVE not in self.done:
                for records in consumer.poll(timeout_ms=1000).values():
                    self.take(consumer, self.handler(self.scene, json.loads(records[0].value)))
        finally:
            consumer.close()

    def take(self, consumer: Any, after: After) -> None:
        if after is not After.HOLD:
            consumer.commit()
        self.done.append(after)
        if after in (After.PAUSE, After.HOLD):
            self.ended.wait()

    def wait(self) -> None:
        """Until the first request is behind it, or for good in its hands."""
        until(lambda: self.done[:1], bool, "the service has a request")
        if self.done[0] is After.LEAVE:
            self.join(LIMIT)


def answer(scene: Scene, event: Event, topic: str = "responses", /, **more: Any) -> After:
    scene.send(topic, {"correlation_id": event["correlation_id"], "causation_id": event["event_id"], **more})
    return After.COMMIT


def slow(scene: Scene, event: Event) -> After:
    time.sleep(SLOW)
    return answer(scene, event)


def two_answers(scene: Scene, event: Event) -> After:
    answer(scene, event, event_id="one")
    return answer(scene, event, event_id="two")


def aborted(scene: Scene, event: Event) -> After:
    event = {"correlation_id": event["correlation_id"], "causation_id": event["event_id"]}
    scene.send("responses", event, transactional_id=scene.name("billing"))
    return After.COMMIT


HANDLERS: dict[str, Handler] = {
    "none": answer,
    "slow": slow,
    "crash": lambda scene, event: After.LEAVE,
    "wrong_id": lambda scene, event: answer(scene, event, correlation_id="unknown"),
    "two_answers": two_answers,
    "silent": lambda scene, event: After.COMMIT,
    "wrong_topic": lambda scene, event: answer(scene, event, "elsewhere"),
    "dead_letter": lambda scene, event: answer(scene, event, "letters", error="no such order"),
    "error_answer": lambda scene, event: answer(scene, event, error="no such order"),
    "stuck_member": lambda scene, event: After.HOLD,
    "no_member": lambda scene, event: After.LEAVE,
    "lagging": lambda scene, event: After.PAUSE,
    "aborted": aborted,
}


class Told(NamedTuple):
    """A verdict and its sentence, and what else is odd."""

    verdict: str
    text: str
    odd: tuple[str, ...] = ()


MEMBER = "member MEMBER of group billing (client service)"
PASSED = "group billing has committed requests-0 up to 1, past requests-0@0, and has not answered it"
FETCHED = f"{MEMBER} fetched requests-0@0 at N ms, committed it at N ms and has answered nothing since"
ANSWERED = "requests-0@0 was answered by responses-0@0 after N ms"
LETTER = "requests-0@0 went to the dead letters, letters-0@0, after N ms: no such order"
NOTHING = "nothing has come in responses within N ms"
CHANGED = "responses-0@0 answers it, but does not carry its id"
ASTRAY = "elsewhere-0@0 carries its id, but an answer is expected in responses"
HIDDEN = "the answer responses-0@0 is there, but its transaction was aborted"
UNKNOWN = "responses-0@0 belongs to the flow, but carries the id unknown"
TWICE = "the request has 2 answers: responses-0@0, responses-0@1"
ABORTED = "responses-0@0 was aborted with its transaction: consumers of committed records never see it"

#: By what any cluster's logs and groups tell.
BY_LOG = {
    "none": Told("complete", ANSWERED),
    "slow": Told("answered_late", f"{ANSWERED}; the limit is N ms"),
    "crash": Told("fetched_not_answered", f"{PASSED}, and has no members now; {NOTHING}"),
    "wrong_id": Told("fetched_not_answered", f"{PASSED}; {CHANGED}", (UNKNOWN,)),
    "two_answers": Told("complete", ANSWERED, (TWICE,)),
    "silent": Told("fetched_not_answered", f"{PASSED}; {NOTHING}"),
    "wrong_topic": Told("fetched_not_answered", f"{PASSED}; {ASTRAY}"),
    "dead_letter": Told("answered_dlq", LETTER),
    "error_answer": Told("answered_error", f"{ANSWERED} with an error: no such order"),
    "stuck_member": Told(
        "produced_not_fetched", f"{MEMBER} has committed nothing of requests-0, and has not got past requests-0@0"
    ),
    "no_member": Told("produced_not_fetched", "group billing has no members, lag 1 on requests"),
    "lagging": Told(
        "produced_not_fetched", f"{MEMBER} stands at 1 of requests-0, lag 3, and has not got past requests-0@3"
    ),
    "aborted": Told("fetched_not_answered", f"{PASSED}; {HIDDEN}", (ABORTED,)),
}
#: By the journal of the embedded broker, where it tells more.
BY_JOURNAL = BY_LOG | {
    "crash": Told("fetched_not_answered", f"{FETCHED}; {NOTHING}"),
    "wrong_id": Told("fetched_not_answered", f"{FETCHED}; {CHANGED}", (UNKNOWN,)),
    "silent": Told("fetched_not_answered", f"{FETCHED}; {NOTHING}"),
    "wrong_topic": Told("fetched_not_answered", f"{FETCHED}; {ASTRAY}"),
    "stuck_member": Told(
        "fetched_not_answered",
        f"{MEMBER} fetched requests-0@0 at N ms, has committed nothing of requests-0 and has answered nothing since; "
        f"{NOTHING}",
    ),
    "lagging": Told(
        "fetched_not_answered",
        f"{MEMBER} fetched requests-0@3 at N ms, has committed 1 of requests-0, lag 3 and has answered nothing since; "
        f"{NOTHING}",
    ),
    "aborted": Told("fetched_not_answered", f"{FETCHED}; {HIDDEN}", (ABORTED,)),
}


@pytest.fixture(params=["embedded", "real"])
def kafka_of(request: pytest.FixtureRequest) -> Iterator[tuple[str, KafkaBroker | None]]:
    """An address, and the broker where it is in this process."""
    if request.param == "real":
        if not SERVERS:
            pytest.skip("needs a real broker: set TEST_KAFKA_BOOTSTRAP_SERVERS")
        yield SERVERS, None
        return
    with KafkaBroker.start() as broker:
        yield broker.bootstrap_servers, broker


def told(scene: Scene, kafka: KafkaBroker | str, defect: str) -> Told:
    flow = FlowTracker(kafka).follow(
        scene.name("order"),
        scene.name("requests"),
        scene.name("responses"),
        dead_letters=[scene.name("letters")],
        group=scene.name("billing"),
        within_ms=WITHIN_MS if defect == "slow" else LIMIT * 1000,
        timeout_seconds=0.5,
        also=[no_more_for(0.1)],
    )
    return Told(flow.verdict, scene.plain(flow.explanation), tuple(map(scene.plain, flow.anomalies)))


@pytest.mark.parametrize("defect", HANDLERS)
def test_each_defect_is_named(kafka_of: tuple[str, KafkaBroker | None], defect: str) -> None:
    servers, broker = kafka_of
    scene = Scene(servers, uuid4().hex[:8])
    topics = [scene.name(part) for part in ("requests", "responses", "elsewhere", "letters")]
    create_test_topics(topics, 1, bootstrap_servers=servers)
    service = Service(scene, HANDLERS[defect])
    asked = {"correlation_id": scene.name("order"), "event_id": scene.name("asked")}
    try:
        for number in range({"lagging": 3, "no_member": 1}.get(defect, 0)):
            scene.send("requests", {**asked, "correlation_id": f"before-{number}"})
        if defect != "no_member":
            scene.send("requests", asked)
        service.start()
        service.wait()
        if defect == "no_member":
            scene.send("requests", asked)
        assert told(scene, servers, defect) == BY_LOG[defect]
        if broker is not None:
            assert told(scene, broker, defect) == BY_JOURNAL[defect]
    finally:
        service.ended.set()
        service.join(LIMIT)
        delete_test_topics(topics, bootstrap_servers=servers)
