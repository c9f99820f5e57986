"""The fixture kafka_schema_registry: values of real serializers are decoded wherever a test reads them."""

from __future__ import annotations

import pytest

from kafka_trial import Refused, SchemaRegistry, Unreachable

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

        def test_it(kafka_schema_registry, kafka_broker, kafka_topic, kafka_events, kafka_flow, kafka_consumer):
            assert KafkaTestConfig.SCHEMA_REGISTRY_URL == kafka_schema_registry.url
            value = framed(kafka_schema_registry, kafka_topic, "7")
            kafka_broker.produce(kafka_topic, value)
            expected = {"correlation_id": "7", **SHOWN}
            where = {"/price": "12.30", "id": 2**53 + 1}
            event = kafka_events.expect_event(kafka_topic, correlation_id="7", where=where)
            assert event == expected
            flow = kafka_flow.follow("7", kafka_topic, timeout_seconds=5)
            assert flow.data["request_event"] == expected
            assert track_event_flow("7", kafka_topic, "nowhere", 0.1)["request_event"] == expected
            assert next(iter(kafka_consumer(kafka_topic))).value == expected
            assert f"{kafka_topic}-value" in kafka_schema_registry.subjects()
        """,
    )
    result.assert_outcomes(passed=1)


def test_avro_is_read_by_responders_and_written_by_loads(project: pytest.Pytester) -> None:
    result = run(
        project,
        """
        from kafka_trial import consume_response

        @pytest.mark.asyncio
        async def test_it(
            kafka_schema_registry, kafka_topics, kafka_broker, kafka_responder, kafka_consumer, kafka_load
        ):
            requests, answers = kafka_topics("requests", "answers")
            handle = kafka_responder.on(requests, answers, lambda order: {"total": order["price"]})
            kafka_broker.produce(requests, framed(kafka_schema_registry, requests, "7"))
            answer = await consume_response(kafka_consumer(answers), "7", 5)
            assert answer == {"correlation_id": "7", "total": "12.30"}
            asked = await consume_response(kafka_consumer(requests), "7", 5)
            assert asked == {"correlation_id": "7", **SHOWN}
            assert handle.calls == [asked]

            subject, payload = f"{requests}-value", {**SHOWN, "price": "{{random 1 9}}.50"}
            report = await kafka_load.asustained(
                20, 0.5, request=requests, response=answers, payload=payload, request_schema=subject
            )
            assert report.count("ok") == 10, report
            assert len(handle.calls) == 11
            assert handle.calls[-1]["price"].endswith(".50")
            with pytest.raises(Exception, match="/price: 1.234 has 3 digits behind the point"):
                wrong = {**payload, "price": "1.234"}
                await kafka_load.asustained(
                    20, 0.5, request=requests, response=answers, payload=wrong, request_schema=subject
                )
        """,
    )
    result.assert_outcomes(passed=1)


def test_a_failed_flow_shows_the_decoded_value(project: pytest.Pytester) -> None:
    result = run(
        project,
        """
        def test_it(kafka_schema_registry, kafka_topic, kafka_broker, kafka_flow):
            kafka_broker.produce(kafka_topic, framed(kafka_schema_registry, kafka_topic, "7"))
            from kafka_trial.flow import records

            wrong = [records(kafka_topic, where={"/price": "9.99"})]
            kafka_flow.expect("7", kafka_topic, also=wrong, timeout_seconds=0.2)
        """,
    )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*kafka flow*", '*received "12.30"*'])


def test_a_record_that_its_schema_cannot_read_is_named_in_the_report(project: pytest.Pytester) -> None:
    result = run(
        project,
        """
        def test_it(kafka_schema_registry, kafka_topic, kafka_broker, kafka_events):
            kafka_schema_registry.register("x", '"string"')
            for value in (b"\\0\\0\\0\\0\\x01\\x08a", b"\\0\\0\\0\\0\\x63a", b"\\0\\0\\0\\0\\x01\\x02a"):
                kafka_broker.produce(kafka_topic, value)
            assert kafka_events.all(kafka_topic)[2].json == "a"
            pytest.fail("it fails")
        """,
    )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "*kafka schemas*",
            "test-it-*-0@0 value: schema id 1: the value ends here",
            "test-it-*-0@1 value: schema id 99: the schema registry at http://127.0.0.1:* does not know it",
        ]
    )


def test_subjects_and_levels_end_with_their_test_and_ids_stay(project: pytest.Pytester) -> None:
    result = run(
        project,
        """
        ids = []

        @pytest.mark.parametrize("type", ["int", "string"])
        def test_it(kafka_schema_registry, type):
            assert kafka_schema_registry.subjects() == []
            ids.append(kafka_schema_registry.register("orders-value", json.dumps(type)))
            kafka_schema_registry.set_compatibility("NONE")

        def test_after(kafka_schema_registry):
            assert ids == [1, 2]
            first = kafka_schema_registry.encode(1, 7)
            assert (first, kafka_schema_registry.decode(first)) == (bytes([0, 0, 0, 0, 1, 14]), 7)
            kafka_schema_registry.register("orders-value", '"int"')
            with pytest.raises(AssertionError, match="TYPE_MISMATCH"):
                kafka_schema_registry.assert_compatible("orders-value", '"string"')
        """,
    )
    result.assert_outcomes(passed=3)


def test_a_marker_and_an_ini_key_load_schemas_and_name_those_that_are_refused(project: pytest.Pytester) -> None:
    project.makeini("[pytest]\nkafka_schemas = everywhere\naddopts = -p no:cacheprovider")
    for path, text in {
        "everywhere/always.avsc": '"int"',
        "schemas/orders-value.avsc": '"string"',
        "wrong/a/v1.avsc": '"int"',
        "wrong/a/v2.avsc": '"string"',
    }.items():
        file = project.path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    result = run(
        project,
        """
        @pytest.mark.kafka_schemas("schemas")
        def test_marked(kafka_schema_registry):
            assert kafka_schema_registry.subjects() == ["always", "orders-value"]

        def test_unmarked(kafka_schema_registry):
            assert kafka_schema_registry.subjects() == ["always"]

        @pytest.mark.kafka_schemas("wrong")
        def test_wrong():
            pass
        """,
    )
    result.assert_outcomes(passed=2, errors=1)
    result.stdout.fnmatch_lines(["*the schema registry refuses:", "*wrong/a/v2.avsc: *TYPE_MISMATCH*"])


def test_an_external_registry_is_used_where_the_variable_names_it(
    project: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    from kafka_trial import SchemaRegistry

    with SchemaRegistry.start() as external:
        external.register("before", '"int"')
        monkeypatch.setenv("TEST_SCHEMA_REGISTRY_URL", external.url)
        result = run(
            project,
            f"""
            from kafka_trial import KafkaTestConfig

            def test_it(kafka_schema_registry, kafka_broker, kafka_topic, kafka_events):
                assert KafkaTestConfig.SCHEMA_REGISTRY_URL == kafka_schema_registry.url == {external.url!r}
                assert not kafka_schema_registry.is_embedded
                kafka_schema_registry.register("made", '"string"')
                kafka_broker.produce(kafka_topic, framed(kafka_schema_registry, kafka_topic, "7"))
                assert kafka_events.expect_event(kafka_topic, where=SHOWN)
            """,
        )
        result.assert_outcomes(passed=1)
        # What the test has registered itself is gone; what its clients have registered is not ours to delete.
        assert [name for name in external.subjects() if not name.startswith("test-it-")] == ["before"]


def test_a_registry_that_cannot_be_used_fails_the_tests_that_ask_for_it(
    project: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEST_SCHEMA_REGISTRY_URL", "https://ada:secret@registry")
    result = run(
        project,
        """
        from kafka_trial import KafkaTestConfig

        def test_without(kafka_topic, kafka_broker, kafka_events):
            kafka_broker.produce(kafka_topic, {"id": 7})
            assert kafka_events.expect_event(kafka_topic) == {"id": 7}
            assert KafkaTestConfig.SCHEMA_REGISTRY_URL == "https://ada:secret@registry"

        def test_with(kafka_schema_registry):
            pass
        """,
    )
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["*invalid schema registry URL *https://...@registry*: TLS is not there*"])


def test_compatibility_is_asserted_without_a_registry() -> None:
    from kafka_trial import assert_compatible

    assert_compatible({"type": "array", "items": "int"}, {"type": "array", "items": "long"})
    with pytest.raises(AssertionError, match=r"not compatible by FULL:\n  \{errorType:'TYPE_MISMATCH'"):
        assert_compatible('"int"', '"long"', level="FULL")
    with pytest.raises(AssertionError, match="PACKAGE_CHANGED"):
        assert_compatible(
            'syntax = "proto3"; package a; message A {}', 'syntax = "proto3"; package b; message A {}', type="PROTOBUF"
        )


def test_what_confluents_serializers_write_is_decoded() -> None:
    from decimal import Decimal
    from typing import Any

    from confluent_kafka.schema_registry import SchemaRegistryClient, header_schema_id_serializer
    from confluent_kafka.schema_registry.avro import AvroSerializer
    from confluent_kafka.schema_registry.json_schema import JSONSerializer
    from confluent_kafka.schema_registry.protobuf import ProtobufSerializer
    from confluent_kafka.serialization import MessageField, SerializationContext
    from google.protobuf import descriptor_pb2, descriptor_pool, message_factory, timestamp_pb2

    from kafka_trial import SchemaRegistry

    with SchemaRegistry.start() as registry:
        client = SchemaRegistryClient({"url": registry.url})

        def context(topic: str, headers: Any = None) -> SerializationContext:
            return SerializationContext(topic, MessageField.VALUE, headers)

        union = '["null", {"type": "record", "name": "A", "fields": [{"name": "x", "type": ["int", "string"]}]}]'
        framed = AvroSerializer(client, union)({"x": "text"}, context("union"))
        assert registry.decode(framed) == {"x": {"string": "text"}}

        price = '{"type": "fixed", "name": "P", "size": 6, "logicalType": "decimal", "precision": 12, "scale": 3}'
        framed = AvroSerializer(client, price)(Decimal("-1.005"), context("price"))
        assert registry.decode(framed) == "-1.005"
        assert registry.encode("price-value", "-1.005") == framed

        person = '{"title": "P", "type": "object", "properties": {"name": {"type": "string"}}}'
        framed = JSONSerializer(person, client)({"name": "Ada"}, context("people"))
        assert registry.decode(framed) == {"name": "Ada"}

        file = descriptor_pb2.FileDescriptorProto(name="order.proto", package="shop", syntax="proto3")
        file.dependency.append("google/protobuf/timestamp.proto")
        file.message_type.add(name="Other")
        order = file.message_type.add(name="Order")
        line = order.nested_type.add(name="Line")
        line.field.add(name="pieces", number=1, type=18, label=1)
        line.field.add(name="at", number=2, type=11, label=1, type_name=".google.protobuf.Timestamp")
        line.field.add(name="numbers", number=3, type=5, label=3)
        pool = descriptor_pool.DescriptorPool()
        pool.AddSerializedFile(timestamp_pb2.DESCRIPTOR.serialized_pb)
        pool.Add(file)
        kind = message_factory.GetMessageClass(pool.FindMessageTypeByName("shop.Order.Line"))
        message: Any = kind(pieces=-(2**62), numbers=[1, -1])
        message.at.FromJsonString("2026-12-01T10:00:00.500Z")
        framed = ProtobufSerializer(kind, client)(message, context("lines"))
        shown = {"pieces": -(2**62), "at": "2026-12-01T10:00:00.500Z", "numbers": [1, -1]}
        assert registry.decode(framed) == shown
        assert registry.encode("lines-value", shown, message="shop.Order.Line") == framed

        headers: list[Any] = []
        conf = {"schema.id.serializer": header_schema_id_serializer}
        bare = AvroSerializer(client, '"long"', conf=conf)(7, context("bare", headers))
        assert (bare, len(headers)) == (b"\x0e", 1)
        assert registry.decode(bare, headers) == 7


def test_the_registry_fails_on_demand_and_a_fault_that_never_acts_is_told() -> None:
    with SchemaRegistry.start() as registry:
        id = registry.register("orders-value", '"string"')
        with registry.fault("GET", "/subjects", status=503, times=2) as fault:
            for _ in range(2):
                with pytest.raises(Refused, match=rf"the fault \"{fault.name}\" of this test"):
                    registry.subjects()
            assert registry.subjects() == ["orders-value"] and fault.fired == 2
        with (
            registry.fault(unknown_id=id, times=None),
            pytest.raises(Exception, match="schema id 1: .* does not know it"),
        ):
            SchemaRegistry.at(registry.url).encode(id, "x")
        with registry.fault(cut=True), pytest.raises(Unreachable):
            registry.subjects()
        with registry.fault(delay=0.01, nth=2) as late:
            assert registry.subjects() and late.fired == 0
            assert registry.subjects() and late.fired == 1
        never = r"has never acted\n  GET /subjects: its method is GET, not POST"
        with pytest.raises(AssertionError, match=never), registry.fault("POST", "/subjects"):
            registry.subjects()
        with registry.fault("POST", must_fire=False):
            pass
        with pytest.raises(ValueError, match="delay and cut"), registry.fault(delay=1, cut=True):
            pass
