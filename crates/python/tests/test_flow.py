"""Flows from pytest: what a test gets, what a failed one shows, and the files that stay."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from xml.etree import ElementTree

import pytest
from conftest import Project

from kafka_trial import KafkaBroker
from kafka_trial.flow import (
    FlowError,
    FlowTracker,
    exactly_once,
    in_order,
    key_preserved,
    never,
    no_more_for,
    one_of,
    records,
    same_partition,
)


@pytest.fixture
def broker() -> Iterator[KafkaBroker]:
    with KafkaBroker.start(topics={"requests": 1, "responses": 1, "requests.dlq": 1}) as broker:
        yield broker


def tracker(broker: KafkaBroker) -> FlowTracker:
    return FlowTracker(broker)


def test_a_complete_flow_is_given_with_its_records(broker: KafkaBroker) -> None:
    broker.produce("requests", {"correlation_id": "a", "event_id": "e1"}, b"a")
    broker.produce("responses", {"correlation_id": "a", "causation_id": "e1", "payload": {"score": 0.9}}, b"a")
    flow = tracker(broker).expect(
        "a",
        "requests",
        "responses",
        also=[
            records("responses", exactly=1, where={"/payload/score": 0.9}),
            records("responses", where=lambda event: event["payload"]["score"] > 0.5),
            never("requests.dlq"),
            one_of("responses", "requests.dlq"),
            in_order("requests", "responses"),
            same_partition("requests", "responses"),
            key_preserved(),
            exactly_once(),
            no_more_for(0.05),
        ],
    )
    assert (flow.verdict, flow.is_complete, flow.anomalies) == ("complete", True, [])
    assert [(hop["topic"], hop["kind"]) for hop in flow.hops] == [("requests", None), ("responses", "causation")]
    assert flow.response_event is not None and flow.response_event["payload"] == {"score": 0.9}


def test_the_embedded_broker_tells_when_it_appended_and_who_fetched(broker: KafkaBroker) -> None:
    broker.produce("requests", {"correlation_id": "a"})
    flow = tracker(broker).follow("a", "requests", "responses", timeout_seconds=0)
    assert flow.data["source"] == "journal"
    hop = flow.hops[0]
    assert hop["handled"] == [] and hop["produced_by"] == "kafka-trial" and (hop["appended_us"] or 0) > 0
    assert flow.explanation == "nobody has fetched requests-0@0, and no group reads requests"


def test_a_miss_is_a_result_and_an_expectation_an_error_of_one_line(broker: KafkaBroker) -> None:
    broker.produce("requests", {"correlation_id": "a"})
    flows = tracker(broker)
    assert flows.follow("a", "requests", "responses", timeout_seconds=0).verdict == "produced_not_fetched"
    with pytest.raises(FlowError, match=r"flow a: produced_not_fetched: ") as caught:
        flows.expect("a", "requests", "responses", timeout_seconds=0)
    assert "\n" not in str(caught.value) and caught.value.flow.report.startswith("flow a: produced_not_fetched\n")
    with pytest.raises(FlowError, match=r"expected exactly 2 records in requests \(.*test_flow.py:\d+\); 1 of them"):
        broker.produce("responses", {"correlation_id": "a"})
        flows.expect("a", "requests", "responses", timeout_seconds=0.2, also=[records("requests", exactly=2)])


def test_a_function_that_does_not_hold_names_the_record(broker: KafkaBroker) -> None:
    broker.produce("requests", {"correlation_id": "a"})
    broker.produce("responses", {"correlation_id": "a", "score": 1})
    wanted = records("responses", where=lambda event: event["score"] == 2)
    with pytest.raises(AssertionError, match=r"flow a: responses-0@0 is not as .*test_flow.py:\d+ wants it"):
        tracker(broker).expect("a", "requests", "responses", also=[wanted])


def test_a_value_that_a_schema_refuses_is_pointed_at(broker: KafkaBroker) -> None:
    broker.produce("requests", {"correlation_id": "a"})
    broker.produce("responses", {"correlation_id": "a", "score": "high"})
    wanted = records("responses", schema={"title": "an answer", "properties": {"score": {"type": "number"}}})
    with pytest.raises(FlowError, match=r"with the schema of an answer .* does not fit: /score: .high. is not of type"):
        tracker(broker).expect("a", "requests", "responses", timeout_seconds=0.2, also=[wanted])


def test_wrong_calls_say_what_is_expected(broker: KafkaBroker) -> None:
    with pytest.raises(TypeError, match="needs the topics of the flow"):
        tracker(broker).follow("a")
    with pytest.raises(ValueError, match="exactly=-1: expected a number from 0 on"):
        tracker(broker).follow("a", "requests", also=[records("requests", exactly=-1)])
    with pytest.raises(ConnectionError):
        FlowTracker("127.0.0.1:1").follow("a", "requests")


GOLDEN = """\
from kafka_trial.flow import golden


def test_an_order_is_invoiced(kafka_broker, kafka_flow, kafka_topics):
    orders, invoices = kafka_topics("orders", "invoices")
    order = kafka_flow.start("order")
    kafka_broker.produce(orders, {"correlation_id": order.id, "event_id": order.id + "-1"})
    kafka_broker.produce(invoices, {"correlation_id": order.id, "state": "open", "took_ms": id(order) % 97})
    order.expect(orders, invoices, also=[golden("golden/order.json", redact=["/took_ms"])])
"""


def test_a_golden_flow_is_recorded_by_the_option_and_compared_from_then_on(project: Project) -> None:
    test = project.write("tests/test_order.py", GOLDEN)
    run = project.pytest()
    assert run.counts == {"failed": 1}, run.output
    assert "golden/order.json does not exist; KAFKA_TRIAL_UPDATE_GOLDEN=1, or pytest's" in run.output
    run = project.pytest("--kafka-trial-update-golden")
    assert run.counts == {"passed": 1}, run.output
    recorded = json.loads((project.folder / "tests" / "golden" / "order.json").read_text())
    assert [record["topic"] for record in recorded["records"]] == ["orders", "invoices"]
    assert recorded["records"][1]["value"] == {"correlation_id": "<id>", "state": "open", "took_ms": "<any>"}
    run = project.pytest()
    assert run.counts == {"passed": 1}, run.output
    test.write_text(GOLDEN.replace('"open"', '"paid"'))
    run = project.pytest()
    assert run.counts == {"failed": 1}, run.output
    assert re.search(r"- invoices-[0-9a-f]{8}-0@0 /value/state\n +expected \"open\"\n +received \"paid\"", run.output)
    run = project.pytest(KAFKA_TRIAL_UPDATE_GOLDEN="1")
    assert run.counts == {"passed": 1}, run.output


def test_values_that_a_registry_has_framed_are_read_or_named(broker: KafkaBroker) -> None:
    broker.produce("requests", {"correlation_id": "a"}, b"a")
    broker.produce("responses", b"\0\0\0\0\x07" + b'{"correlation_id": "a", "score": 1}', b"a")
    broker.produce("responses", b"\0\0\0\0\x08\x02a", b"a")
    flow = tracker(broker).follow("a", "requests", "responses", timeout_seconds=0)
    assert flow.response_event == {"correlation_id": "a", "score": 1}
    name = "it looks like Confluent's wire format with schema id 8: Avro or Protobuf"
    assert f"responses-0@1 is not JSON: {name}" in flow.anomalies


FAILING = """\
def test_an_order_is_answered(kafka_broker, kafka_flow, kafka_topics):
    requests, responses = kafka_topics("requests", "responses")
    kafka_broker.produce(requests, {"correlation_id": "order-7"})
    print("no newline at the end", end="")
    kafka_flow.expect("order-7", requests, responses, timeout_seconds=0.1)


def test_one_that_passes(kafka_broker, kafka_flow, kafka_topics):
    requests, responses = kafka_topics("requests", "responses")
    flow = kafka_flow.start("order")
    kafka_broker.produce(requests, {"correlation_id": flow.id})
    kafka_broker.produce(responses, {"correlation_id": flow.id})
    flow.expect(requests, responses)
"""


def test_a_failed_test_shows_its_flow_once_and_keeps_its_files(project: Project) -> None:
    project.write("test_order.py", FAILING)
    run = project.pytest(
        "--kafka-trial-artifacts", "kept", "--junit-xml", "junit.xml", "-o", "junit_logging=system-out"
    )
    assert run.counts == {"failed": 1, "passed": 1}, run.output
    assert run.output.count("flow order-7: produced_not_fetched\n") == 1, run.output
    order = ["flow order-7: produced", "timeline (", "rerun", "- kafka journal -", "[[ATTACHMENT|"]
    places = [run.output.index(part) for part in order]
    assert places == sorted(places), run.output
    assert "\n    pytest test_order.py::test_an_order_is_answered\n" in run.output
    assert "- kafka flow -" in run.output and "timeline (times by the broker's clock)" in run.output
    kept = project.folder / "kept"
    assert {path.name for path in kept.iterdir()} > {"index.html", "summary.md"}
    [flow] = kept.glob("*/*/flow.json")
    data = json.loads(flow.read_text())
    assert (data["schema"], data["test"]) == ("kafka-trial/flow/1", "test_order.py::test_an_order_is_answered")
    assert (flow.parent / "flow.html").exists()
    [case] = ElementTree.parse(project.folder / "junit.xml").iterfind(".//testcase[failure]")
    output = case.findtext("system-out") or ""
    assert f"[[ATTACHMENT|{flow.parent / 'flow.html'}]]" in output.splitlines(), output
    assert "1 followed, 1 not as expected" in (kept / "summary.md").read_text()


def test_files_are_kept_as_the_option_says(project: Project) -> None:
    project.write("test_order.py", FAILING)
    for keep, count in (("always", 2), ("never", 0)):
        project.pytest("--kafka-trial-artifacts", keep, "--kafka-trial-keep", keep)
        assert len(list((project.folder / keep).glob("*/*/flow.json"))) == count
    run = project.pytest("--kafka-trial-artifacts", "x", KAFKA_TRIAL_KEEP="perhaps")
    assert run.status == 4 and "KAFKA_TRIAL_KEEP=perhaps: expected failed, always or never" in run.output
