"""A suite as teams write it: each test has a topic, a producer, a consumer in a group, and one round trip."""

from __future__ import annotations

import os
from typing import Any

import pytest


@pytest.mark.parametrize("number", range(int(os.environ.get("SUITE_TESTS", "100"))))
def test_round_trip(
    clock: Any, kafka_topic: str, kafka_group: str, kafka_producer: Any, kafka_consumer: Any, number: int
) -> None:
    with clock.part("consumer"):
        consumer = kafka_consumer(kafka_topic, kafka_group)
    with clock.part("send"):
        kafka_producer.send(kafka_topic, value={"number": number}).get(timeout=30)
    with clock.part("poll"):
        batches = consumer.poll(timeout_ms=30_000)
    assert [record.value for batch in batches.values() for record in batch] == [{"number": number}]
