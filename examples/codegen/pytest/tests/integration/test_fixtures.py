"""Each fixture and each utility once, as a project would use them."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest

from tests.integration.kafka_test_config import KafkaTestConfig
from tests.integration.kafka_utils import (
    consume_response,
    create_test_topics,
    publish_test_event,
    track_event_flow,
    verify_kafka_connectivity,
    wait_for_kafka,
)


@pytest.mark.kafka
def test_kafka_answers(kafka_connectivity_check: bool) -> None:
    assert kafka_connectivity_check
    assert verify_kafka_connectivity()
    assert wait_for_kafka(max_retries=10, delay_seconds=2)


def test_the_default_topics_exist(kafka_admin_client: Any, kafka_test_topics: dict[str, str]) -> None:
    assert set(kafka_test_topics.values()) <= set(kafka_admin_client.list_topics())
    assert kafka_test_topics["mixin_response"] == "omninode.codegen.response.mixin.v1"


def test_own_topics_are_created(kafka_admin_client: Any) -> None:
    name = f"example.{uuid4()}.v1"
    assert create_test_topics(topics=[name], num_partitions=1, replication_factor=1)
    assert name in kafka_admin_client.list_topics()


def test_what_a_producer_sends_a_consumer_polls(
    kafka_producer: Any, kafka_consumer: Callable[..., Any], kafka_topic: str
) -> None:
    kafka_producer.send(kafka_topic, value={"data": "test", "correlation_id": "abc-123"})
    kafka_producer.flush()
    consumer = kafka_consumer([kafka_topic], f"example-{uuid4()}")
    messages = consumer.poll(timeout_ms=5000)
    assert [record.value["data"] for records in messages.values() for record in records] == ["test"]
    consumer.close()


@pytest.mark.integration
@pytest.mark.asyncio
async def test_a_request_is_answered(
    kafka_producer: Any, kafka_consumer: Callable[..., Any], kafka_test_topics: dict[str, str]
) -> None:
    correlation_id = str(uuid4())
    consumer = kafka_consumer([kafka_test_topics["validation_response"]], f"test-{correlation_id}")
    event = {"event_type": "codegen.request.validate", "payload": {"code": "class Test: pass"}}
    await publish_test_event(kafka_producer, kafka_test_topics["validation_request"], event, correlation_id)
    response = await consume_response(consumer, correlation_id, timeout_seconds=10)
    assert response is not None
    assert response["correlation_id"] == correlation_id
    assert "quality_score" in response


def test_a_flow_is_tracked(kafka_producer: Any, kafka_test_topics: dict[str, str]) -> None:
    correlation_id = str(uuid4())
    request, response = kafka_test_topics["mixin_request"], kafka_test_topics["mixin_response"]
    kafka_producer.send(request, value={"correlation_id": correlation_id, "payload": {"requirements": "retry"}})
    kafka_producer.flush()
    tracking = track_event_flow(correlation_id, request, response, timeout_seconds=30)
    assert tracking["request_found"], "request event not found"
    assert tracking["response_found"], "response event not found"
    assert tracking["duration_ms"] is not None and tracking["duration_ms"] < 5000


def test_clients_are_set_as_the_configuration_says() -> None:
    assert KafkaTestConfig.get_consumer_config("mine")["group_id"] == "archon-intelligence-test-mine"
    assert KafkaTestConfig.get_producer_config()["acks"] == "all"
    assert len(KafkaTestConfig.DEFAULT_TOPICS) == 8
