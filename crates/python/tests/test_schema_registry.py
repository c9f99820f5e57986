"""The fixture kafka_schema_registry: values of real serializers are decoded wherever a test reads them."""

from __future__ import annotations

import pytest

pytest_plugins = ["pytester"]
for needed in ("confluent_kafka.schema_registry", "fastavro", "jsonschema"):
    pytest.importorskip(needed)

PRELUDE = """
    import json, uuid
    from datetime import date, datetime, timezone
    from decimal import Decimal
    import pytest
    from confluent_kafka.schema_registry import SchemaRegistryClient
    from confluent_kafka.schema_registry.avro import AvroSerializer
    from confluent_kafka.serialization import MessageField, SerializationContext

    ORDER = json.dumps({"type": "record", "name": "Order", "namespace": "shop", "fields": [
        {"name": "correlation_id", "type": "string"},
        {"name": "id", "type": "long"},
        {"name": "price", "type": {"type": "bytes", "logicalType": "decimal", "precision": 9, "scale": 2}},
        {"name": "day", "type": {"type": "int", "logicalType": "date"}},
        {"name": "at", "type": {"type": "long", "logicalType": "timestamp-micros"}},
        {"name": "note", "type": ["null", "string"], "default": None}]})

    def order(id):
        return {"correlation_id": id, "id": 2**53 + 1, "price": Decimal("12.30"), "day": date(2026, 12, 1),
                "at": datetime(2026, 12, 1, 10, 0, 0, 123456, tzinfo=timezone.utc), "note": None}

    SHOWN = {"id": 2**53 + 1, "price": "12.30", "day": "2026-12-01", "at": "2026-12-01T10:00:00.123456Z", "note": None}

    def framed(registry, topic, id):
        serialize = AvroSerializer(SchemaRegistryClient({"url": registry.url}), ORDER)
        return serialize(order(id), SerializationContext(topic, MessageField.VALUE))
"""


@pytest.fixture
def project(pytester: pytest.Pytester) -> pytest.Pytester:
    pytester.makeini("[pytest]\naddopts = -p no:cacheprovider")
    return pytester


def run(project: pytest.Pytester, test: str, *options: str) -> pytest.RunResult:
    import textwrap

    project.makepyfile(test_it=textwrap.dedent(PRELUDE) + textwrap.dedent(test))
    return project.runpytest_subprocess(*options)


def test_avro_is_read_by_events_flows_and_responses(project: pytest.Pytester) -> None:
    result = run(
        project,
        """
        from kafka_trial import KafkaTestConfig, track_event_flow

        def test_it(kafka_schema_registry, kafka_topic, kafka_producer, kafka_events, kafka_flow, kafka_consumer):
            assert KafkaTestConfig.SCHEMA_REGISTRY_URL == kafka_schema_registry.url
            value = framed(kafka_schema_registry, kafka_topic, "7")
            from kafka_trial import KafkaBroker
            kafka_events  # opened before
            import kafka
            producer = kafka.KafkaProducer(bootstrap_servers=KafkaTestConfig.BOOTSTRAP_SERVERS)
            producer.send(kafka_topic, value)
            producer.flush()
            expected = {"correlation_id": "7", **SHOWN}
            event = kafka_events.expect_event(kafka_topic, correlation_id="7", where={"/price": "12.30", "id": 2**53 + 1})
            assert event == expected
            flow = kafka_flow.follow("7", kafka_topic, timeout_seconds=5)
            assert flow.complete, flow
            assert track_event_flow("7", kafka_topic, "nowhere", 0.1)["request_event"] == expected
            assert next(iter(kafka_consumer(kafka_topic))).value == expected
            assert f"{kafka_topic}-value" in kafka_schema_registry.subjects()
            producer.close()
        """,
    )
    result.assert_outcomes(passed=1)


def test_a_failed_flow_shows_the_decoded_value(project: pytest.Pytester) -> None:
    result = run(
        project,
        """
        def test_it(kafka_schema_registry, kafka_topic, kafka_broker, kafka_flow):
            kafka_broker.produce(kafka_topic, framed(kafka_schema_registry, kafka_topic, "7"))
            kafka_flow.expect("7", kafka_topic, "answers", timeout_seconds=0.2)
        """,
    )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*kafka flow*"])
