"""kafka-python behind the consumer factory, polled as briefly as tests do."""

from __future__ import annotations

import time

from kafka_trial import KafkaBroker

DEADLINE_SECONDS = 30.0


def test_kafka_python_gets_its_partitions_although_it_polls_shortly(kafka_bootstrap_servers: str) -> None:
    """kafka-python 3.0 may never be assigned when a short poll ends inside a join; the factory's order avoids it."""
    import kafka

    from kafka_trial._consumers import ConsumerFactory

    with KafkaBroker.start(topics={"polled": 3}) as broker:
        factory = ConsumerFactory(kafka)
        for number in range(20):
            consumer = factory("polled", f"group-{number}", bootstrap_servers=broker.bootstrap_servers)

            deadline = time.monotonic() + DEADLINE_SECONDS
            while len(consumer.assignment()) < 3:
                assert time.monotonic() < deadline, f"consumer {number} has {consumer.assignment()}"
                consumer.poll(timeout_ms=30)
            consumer.close()
        factory.close()
