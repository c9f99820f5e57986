"""A request through the system and back, step by step: what the scripts beside this share."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import sys
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from uuid import uuid4

from kafka import KafkaProducer

from kafka_trial import (
    KafkaBroker,
    KafkaTestConfig,
    Responder,
    create_test_topics,
    publish_test_event,
    track_event_flow,
    verify_kafka_connectivity,
)

Payload = Mapping[str, Any]


def main(handler: str, operation: str, payload: Payload, check: Callable[[Payload], str | None]) -> int:
    """Ask a handler, and judge its answer: ``check`` gives what is wrong with it, or ``None``. The exit status."""
    parser = argparse.ArgumentParser(
        description=f"One {handler} flow, end to end, on the cluster of TEST_KAFKA_BOOTSTRAP_SERVERS.",
        epilog="Exit status: 0 when the flow is complete and its answer right, else 1.",
    )
    parser.add_argument("--embedded", action="store_true", help="bring a broker and the reference service along")
    parser.add_argument("--timeout", type=float, default=10.0, metavar="SECONDS", help="for the answer (default: 10)")
    options = parser.parse_args()
    with cluster(options.embedded) as servers:
        return flow(servers, handler, operation, payload, check, options.timeout)


@contextlib.contextmanager
def cluster(embedded: bool) -> Iterator[str]:
    """Where the flow runs."""
    if not embedded:
        yield KafkaTestConfig.BOOTSTRAP_SERVERS
        return
    with KafkaBroker.start(topics=dict.fromkeys(KafkaTestConfig.DEFAULT_TOPICS.values(), 3)) as broker:
        service = Responder(broker.bootstrap_servers)
        service.codegen()
        yield broker.bootstrap_servers
        service.close()


def flow(
    servers: str,
    handler: str,
    operation: str,
    payload: Payload,
    check: Callable[[Payload], str | None],
    timeout: float,
) -> int:
    if not verify_kafka_connectivity(servers):
        return fail(f"Kafka does not answer at {servers}: `kafka-trial check {servers}` says why")
    request, response = (KafkaTestConfig.DEFAULT_TOPICS[f"{handler}_{side}"] for side in ("request", "response"))
    create_test_topics([request, response], bootstrap_servers=servers)
    correlation_id = str(uuid4())
    event = {"event_type": f"codegen.request.{operation}", "payload": dict(payload)}
    config = {**KafkaTestConfig.get_producer_config(), "bootstrap_servers": servers}
    producer = KafkaProducer(**config, value_serializer=lambda value: json.dumps(value).encode())
    try:
        asyncio.run(publish_test_event(producer, request, event, correlation_id))
    finally:
        producer.close(timeout=5)

    seen = track_event_flow(correlation_id, request, response, timeout, bootstrap_servers=servers)
    for hop in seen["hops"]:
        print(f"{hop['topic']}-{hop['partition']} offset {hop['offset']}")
    answer = seen["response_event"]
    if answer is None:
        group = f"`kafka-trial top --once -b {servers}` shows whether its group has members and how far behind it is"
        return fail(f"{handler} has not answered {correlation_id} within {timeout} s: {group}")
    print(json.dumps(answer["payload"], indent=2))
    wrong = check(answer["payload"])
    if wrong is not None:
        return fail(f"the answer is wrong: {wrong}")
    print(f"complete after {seen['duration_ms']} ms")
    return 0


def fail(why: str) -> int:
    print(why, file=sys.stderr)
    return 1
