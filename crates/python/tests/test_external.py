"""An external cluster has the same methods as an embedded broker; what cannot be done there skips by its name."""

from __future__ import annotations

import inspect
from collections.abc import Iterator

import pytest
from conftest import Project

from kafka_trial import ExternalKafka, KafkaBroker, Refused


@pytest.fixture
def broker() -> Iterator[KafkaBroker]:
    with KafkaBroker.start(topics={"orders": 2}) as broker:
        yield broker


@pytest.fixture
def external(broker: KafkaBroker) -> ExternalKafka:
    return ExternalKafka(broker.bootstrap_servers)


def test_both_have_the_same_methods_with_the_same_arguments() -> None:
    ours = {name for name in dir(KafkaBroker) if not name.startswith("_")} - {"start"}
    assert ours <= {name for name in dir(ExternalKafka) if not name.startswith("_")}
    for name in ours:
        method = getattr(KafkaBroker, name)
        if inspect.isfunction(method):
            assert inspect.signature(method) == inspect.signature(getattr(ExternalKafka, name)), name


def test_records_are_read_as_the_embedded_broker_reports_them(broker: KafkaBroker, external: ExternalKafka) -> None:
    assert external.records("orders") == []
    for number in range(20):
        external.produce("orders", {"number": number}, key=str(number), headers={"source": "shop"})
    external.produce("orders", None, key="gone")

    def plain(cluster: KafkaBroker | ExternalKafka, partition: int | None = None, start: int = 0) -> list[object]:
        records = cluster.records("orders", partition, start)
        return [(record.partition, record.offset, record.key, record.value, record.headers) for record in records]

    assert len(plain(external)) == 21 and plain(external) == plain(broker)
    assert plain(external, 1, 3) == plain(broker, 1, 3) != []
    with pytest.raises(Refused, match="topic absent does not exist"):
        external.records("absent")
    with pytest.raises(Refused, match="topic orders has 2 partitions, and none is 7"):
        external.records("orders", 7)


def test_records_of_an_open_transaction_are_left_out_unless_asked_for(
    broker: KafkaBroker, external: ExternalKafka
) -> None:
    from confluent_kafka import Producer

    producer = Producer({"bootstrap.servers": broker.bootstrap_servers, "transactional.id": "t"})
    producer.init_transactions(10)
    producer.begin_transaction()
    producer.produce("orders", b"open", partition=0)
    producer.flush(10)
    assert external.records("orders") == broker.records("orders") == []
    assert [record.value for record in external.records("orders", uncommitted=True)] == [b"open"]
    producer.abort_transaction(10)
    external.produce("orders", "after", partition=0)
    assert [record.value for record in external.records("orders")] == [b"after"]


def test_a_topic_is_created_once(broker: KafkaBroker, external: ExternalKafka) -> None:
    external.create_topic("audit", 3, cleanup_policy="compact")
    assert broker.records("audit", 2) == []
    with pytest.raises(Refused, match="topic audit exists already") as refused:
        external.create_topic("audit")
    assert (refused.value.code, refused.value.subject) == ("TOPIC_ALREADY_EXISTS", "audit")


def test_what_others_decide_skips_the_test_by_its_name(project: Project, broker: KafkaBroker) -> None:
    calls = {
        "stop": "",
        "stop_broker": "0",
        "start_broker": "0",
        "move_leader": "'orders', 0, 0",
        "compact": "'orders'",
        "apply_retention": "'orders'",
        "journal": "",
    }
    tests = [f"def test_{name}(kafka_broker):\n    kafka_broker.{name}({call})\n" for name, call in calls.items()]
    project.write("test_skips.py", "\n".join(tests))
    run = project.pytest("-q", "-rs", TEST_KAFKA_BOOTSTRAP_SERVERS=broker.bootstrap_servers)
    assert run.counts == {"skipped": len(calls)}, run.output
    for name in calls:
        assert f"kafka_broker.{name} needs the embedded broker, and this run is on" in run.output, run.output


def test_errors_of_a_responder_are_in_the_report_of_the_failed_test(project: Project) -> None:
    project.write(
        "test_prices.py",
        "def test_prices(kafka_responder, kafka_topics, kafka_broker, kafka_events):\n"
        "    orders, prices = kafka_topics('orders', 'prices')\n"
        "    kafka_responder.on(orders, prices, lambda order: {'price': order['peices'] * 3})\n"
        "    kafka_broker.produce(orders, {'pieces': 7})\n"
        "    kafka_events.expect_event(prices, timeout_seconds=1)\n",
    )
    run = project.pytest("-q", "-W", "ignore")
    assert "- kafka responder -" in run.output, run.output
    assert "left 1 of 1 request(s) without an answer: its reply raised KeyError: 'peices'" in run.output, run.output
