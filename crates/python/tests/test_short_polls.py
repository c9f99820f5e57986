"""kafka-python behind the consumer factory, polled as briefly as tests do."""

from __future__ import annotations

import time

from kafka_trial import ConsumerFactory, KafkaBroker

DEADLINE_SECONDS = 30.0


def test_kafka_python_gets_its_partitions_although_it_polls_shortly() -> None:
    """kafka-python 3.0 may never be assigned when a short poll ends inside a join; the factory's order avoids it."""
    with KafkaBroker.start(topics={"polled": 3}) as broker:
        factory = ConsumerFactory(broker)
        for number in range(20):
            consumer = factory("polled", f"group-{number}")

            deadline = time.monotonic() + DEADLINE_SECONDS
            while len(consumer.assignment()) < 3:
                assert time.monotonic() < deadline, f"consumer {number} has {consumer.assignment()}"
                consumer.poll(timeout_ms=30)
            consumer.close()
        factory.close()
