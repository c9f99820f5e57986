"""``kafka_load``: loads from a test, and what their reports say."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable, Iterator
from pathlib import Path
from textwrap import dedent

import pytest
from conftest import Project

from kafka_trial import KafkaBroker, KafkaTestConfig
from kafka_trial._load import KafkaLoad, LoadReport
from kafka_trial._native import Codegen

pytestmark = pytest.mark.load
TOPICS = KafkaTestConfig.DEFAULT_TOPICS
REQUEST, RESPONSE = TOPICS["mixin_request"], TOPICS["mixin_response"]
EVENT = {"event_type": "codegen.request.mixin", "payload": {"requirements": ["retry with backoff"]}}


@pytest.fixture(scope="module")
def load() -> Iterator[KafkaLoad]:
    """The reference service on a broker of its own."""
    with KafkaBroker.start(topics=dict.fromkeys(TOPICS.values(), 2)) as broker:
        service = Codegen.start(broker.bootstrap_servers)
        yield KafkaLoad(broker.bootstrap_servers)
        service.stop()


def test_a_run_reports_in_every_form(load: KafkaLoad) -> None:
    report = load.sustained(
        50,
        2,
        request=REQUEST,
        response=RESPONSE,
        payload=EVENT,
        seed=7,
        thresholds=["lost == 0", "success_rate == 100%"],
    )
    # The machine that runs this may be busy: an invalid run has its figures all the same.
    assert report.verdict in ("passed", "invalid"), report
    assert report.passed is (report.verdict == "passed")
    assert (report.count("sent"), report.count("ok"), report.count("lost")) == (100, 100, 0), report
    p50, p99 = report.percentile(50), report.percentile(99.5, "response")
    assert p50 is not None and p99 is not None and 0 < p50 <= p99
    data = json.loads(report.to_json())
    assert (data["schema"], data["seed"], data["counts"]["ok"]) == (1, 7, 100)
    assert [case.get("name") for case in ElementTree.fromstring(report.to_junit()).iter("testcase")][-1] == (
        "success_rate == 100%"
    )
    assert report.to_csv().startswith("second,sent,answered,ok,")
    assert "Tag=response," in report.to_hlog()
    assert "Beside the baseline" in report.to_html(report) and "| response | 100 |" in report.to_markdown()
    assert "requests  100 sent: 100 ok" in str(report) and repr(report).startswith("<LoadReport ")


def test_requests_differ_and_answers_are_held_to_a_schema(load: KafkaLoad, tmp_path: Path) -> None:
    schema = tmp_path / "response.schema.json"
    schema.write_text('{"required": ["correlation_id"]}')
    other = {"event_type": "codegen.request.mixin", "payload": {"requirements": ["{{pick retry cache}} {{number}}"]}}
    report = load.sustained(
        20,
        1,
        request=REQUEST,
        response=RESPONSE,
        payload=[EVENT, other],
        key="customer-{{random 1 5}}",
        headers={"x-id": "{{correlation_id}}"},
        schema=str(schema),
        cool_down=0.5,
        thresholds=["schema_rate == 100%"],
    )
    assert (report.count("ok"), report.count("cool_down"), report.count("off_schema")) == (10, 10, 0), report


def test_a_closed_load_and_a_failed_threshold(load: KafkaLoad) -> None:
    report = load.concurrent(
        2, "1s", request=REQUEST, response=RESPONSE, think=0.01, payload=EVENT, thresholds=["p50 < 1us"]
    )
    assert report.verdict == "failed" and not report.passed
    assert report.count("ok") > 2


def test_a_run_is_compared_with_an_earlier_one(load: KafkaLoad, tmp_path: Path) -> None:
    earlier = load.sustained(20, 1, request=REQUEST, response=RESPONSE, payload=EVENT)
    kept = tmp_path / "earlier.json"
    kept.write_text(earlier.to_json())
    for baseline in (earlier, kept):
        report = load.concurrent(
            1,
            0.5,
            request=REQUEST,
            response=RESPONSE,
            payload=EVENT,
            baseline=baseline,
            thresholds=["p50 <= baseline*1000", "sent >= baseline*1000"],
        )
        assert report.verdict == "failed" and "holds  p50 <= baseline*1000" in str(report), report
    with pytest.raises(ValueError, match="the baseline is no report of a run"):
        load.concurrent(1, 0.5, request=REQUEST, response=RESPONSE, baseline=Path(__file__))


def test_a_search_finds_a_rate(load: KafkaLoad) -> None:
    found = load.search(
        20, 40, 1, request=REQUEST, response=RESPONSE, payload=EVENT, thresholds=["success_rate >= 90%"]
    )
    assert found.highest_rate == 40 or found.verdict == "invalid", found
    assert isinstance(found.best, LoadReport) and "requests/s" in str(found)
    assert json.loads(found.to_json())["runs"]


def test_a_scenario_file_is_driven(load: KafkaLoad, tmp_path: Path) -> None:
    (tmp_path / "event.json").write_text(json.dumps(EVENT))
    scenario = tmp_path / "load.toml"
    scenario.write_text(
        f'request = "{REQUEST}"\nresponse = "{RESPONSE}"\npayload = "event.json"\n'
        'stages = [{ ramp = { from = 10, to = 50, for = "1s" } }]\n'
    )
    report = load.scenario(scenario)
    assert isinstance(report, LoadReport) and report.count("ok") == 30, report


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"thresholds": ["p99 < 5"]}, ValueError, "column 8: expected us, ms or s"),
        ({"threshold": ["lost == 0"]}, ValueError, "unknown field `threshold`"),
        ({"thresholds": ["p99 < baseline*2"]}, ValueError, "p99 < baseline*2 needs a baseline"),
        ({"preset": "service"}, ValueError, "dead_letter_rate < 0.1% needs dead_letters"),
        ({"payload": {"a": "{{numbr}}"}}, ValueError, "{{numbr}}: expected correlation_id, number"),
        ({"response": "nothing"}, Exception, "topic nothing does not exist"),
    ],
)
def test_what_is_wrong_is_said(
    load: KafkaLoad, change: dict[str, object], error: type[Exception], message: str
) -> None:
    options: dict[str, object] = {"request": REQUEST, "response": RESPONSE} | change
    run: Callable[..., LoadReport] = load.sustained
    with pytest.raises(error, match=re.escape(message)):
        run(10, 1, **options)


def test_the_fixture_marks_its_tests(project: Project) -> None:
    project.write(
        "test_marks.py",
        """\
def test_load(kafka_load, kafka_topics):
    requests, responses = kafka_topics("requests", "responses")
    report = kafka_load.sustained(20, 0.5, request=requests, response=responses, timeout=0.1, drain=0.1)
    assert report.count("lost") == 10, report

def test_plain():
    pass
""",
    )
    run = project.pytest("-m", "load and kafka", "--strict-markers")
    assert run.counts == {"passed": 1, "deselected": 1}, run.output


def test_a_failed_test_shows_the_thresholds_and_what_was_measured(project: Project) -> None:
    project.write(
        "test_it.py",
        dedent("""
        def test_it(kafka_load, kafka_topics, kafka_responder):
            request, response = kafka_topics("request", "response")
            kafka_responder.on(request, response)
            report = kafka_load.sustained(
                20, 1, request=request, response=response, max_lag="10s",
                thresholds=["p99 < 1us", "lost == 0", "success_rate >= 100%"],
            )
            assert report.passed, report
        """),
    )
    run = project.pytest()
    assert run.status == 1, run.output
    assert "AssertionError: <LoadReport FAILED: " in run.output and "; p99 < 1us: " in run.output
    for line in ("kafka load", "requests  20 sent: 20 ok", "FAILS  p99 < 1us", "holds  lost == 0"):
        assert line in run.output, run.output
