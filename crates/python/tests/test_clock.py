"""The clock of an embedded broker."""

from __future__ import annotations

from datetime import timedelta

import pytest
from kafka import KafkaConsumer

from kafka_trial import KafkaBroker

AGED = {"retention.ms": 60_000, "segment.ms": 1_000, "message.timestamp.type": "LogAppendTime"}


def test_retention_ends_in_a_jump_and_a_member_is_carried_along() -> None:
    with KafkaBroker.start(topics={"orders": {"partitions": 1, **AGED}}) as broker:
        broker.produce("orders", {"id": 1})
        consumer = KafkaConsumer(
            "orders",
            bootstrap_servers=broker.bootstrap_servers,
            group_id="billing",
            auto_offset_reset="earliest",
            consumer_timeout_ms=10_000,
        )
        assert next(consumer).offset == 0
        generation = broker.group("billing").members[0].id
        happened = broker.clock.advance("2h")
        assert "orders-0 begins at offset 1 now" in happened
        assert not any("expired" in line for line in happened)
        broker.produce("orders", {"id": 2})
        assert next(consumer).offset == 1
        assert [member.id for member in broker.group("billing").members] == [generation]
        assert any("expired" in line for line in broker.clock.advance(120, expire="bill*"))
        consumer.close()


def test_the_clock_stands_still_and_says_what_is_due() -> None:
    with KafkaBroker.start() as broker:
        with broker.clock.frozen():
            before = broker.clock.now()
            broker.clock.advance(timedelta(days=1))
            assert broker.clock.now() - before == timedelta(days=1)
            with broker.clock.frozen():
                pass
            after = broker.clock.now()
            broker.produce("orders", {"id": 1})
            assert broker.clock.now() == after, "the inner block has not started what the outer one stopped"
        times = [at for at, _ in broker.clock.due()]
        assert times == sorted(times)
        assert {"retention", "cleaner"} <= {what for _, what in broker.clock.due()}
        at = next(at for at, what in broker.clock.due() if what == "retention")
        broker.clock.advance_to_next("retention")
        assert broker.clock.now() >= at


@pytest.mark.parametrize(
    ("by", "message"),
    [
        ("8 days", "by='8 days': expected a time such as '500ms', '30s', '5m', '2h' or '8d'"),
        ([], "by is a list: expected a time such as '8d', a number of seconds, or a timedelta"),
        (-1, "by=-1: "),
        ("4000d", "by='4000d': expected ten years at most ('3650d')"),
    ],
)
def test_a_wrong_time_is_refused(by: object, message: str) -> None:
    with KafkaBroker.start() as broker, pytest.raises((TypeError, ValueError)) as refused:
        broker.clock.advance(by)  # type: ignore[arg-type]
    assert str(refused.value).startswith(message)


def test_a_timer_that_is_not_set_is_refused() -> None:
    with KafkaBroker.start() as broker:
        with pytest.raises(ValueError, match="no timer of the kind session is set"):
            broker.clock.advance_to_next("session")
        with pytest.raises(ValueError, match="no timer is called sesion; expected one of session, rebalance"):
            broker.clock.advance_to_next("sesion")
