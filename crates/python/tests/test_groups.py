"""What `kafka_broker` tells about consumer groups, and waiting until one has settled."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from kafka_trial import ExternalKafka, KafkaBroker
from kafka_trial._consumers import ConsumerFactory


@pytest.fixture(params=["embedded", "external"])
def kafka(request: pytest.FixtureRequest, kafka_broker: KafkaBroker) -> KafkaBroker | ExternalKafka:
    """The same cluster, known as our own and by its address only."""
    return kafka_broker if request.param == "embedded" else ExternalKafka(kafka_broker.bootstrap_servers)


def test_a_group_shows_its_members_what_is_committed_and_how_far_that_is_from_the_end(
    kafka: KafkaBroker | ExternalKafka,
    kafka_broker: KafkaBroker,
    kafka_consumer: Callable[..., Any],
    kafka_topic: str,
    kafka_group: str,
) -> None:
    for number in range(5):
        kafka_broker.produce(kafka_topic, {"number": number})
    consumer = kafka_consumer(
        kafka_topic, group_id=kafka_group, client_id="billing", enable_auto_commit=False, max_poll_records=2
    )
    assert consumer.poll(timeout_ms=5000)
    consumer.commit()

    group = kafka.wait_group_stable(kafka_group, members=1)

    place = (kafka_topic, 0)
    assert (group.id, group.state, group.group_type) == (kafka_group, "Stable", "classic")
    assert [(member.client_id, member.assigned) for member in group.members] == [("billing", [place])]
    assert group.assignment == {place: group.members[0].id}
    assert (group.committed, group.lag) == ({place: 2}, {place: 3})
    assert repr(group) == f"GroupInfo({kafka_group}, Stable, 1 members, lag 3)"
    consumer.close()
    left = kafka.group(kafka_group)
    assert (left.state, left.members, left.lag) == ("Empty", [], {place: 3})


def test_no_commit_is_not_no_lag(
    kafka: KafkaBroker | ExternalKafka,
    kafka_broker: KafkaBroker,
    kafka_consumer: ConsumerFactory,
    kafka_topic: str,
    kafka_group: str,
) -> None:
    kafka_broker.produce(kafka_topic, {"number": 1})
    consumer = kafka_consumer(kafka_topic, group_id=kafka_group, enable_auto_commit=False)
    assert consumer.poll(timeout_ms=5000)
    group = kafka.group(kafka_group)
    assert (group.committed, group.lag, group.total_lag) == ({}, {(kafka_topic, 0): None}, None)
    assert repr(group) == f"GroupInfo({kafka_group}, Stable, 1 members, nothing committed)"
    with pytest.raises(TimeoutError, match=f"{kafka_topic}-0 nothing committed of 1"):
        kafka.wait_caught_up(kafka_group, kafka_topic, timeout_seconds=0.2)
    consumer.commit()
    kafka.wait_caught_up(kafka_group, [kafka_topic])
    assert kafka.group(kafka_group).total_lag == 0
    kafka_broker.produce(kafka_topic, {"number": 2})
    with pytest.raises(TimeoutError, match=f"{kafka_topic}-0 committed 1 of 2, lag 1"):
        kafka.wait_caught_up(kafka_group, kafka_topic, timeout_seconds=0.2)
    consumer.close()


def test_a_group_that_does_not_exist_is_dead(kafka: KafkaBroker | ExternalKafka, kafka_group: str) -> None:
    group = kafka.group(kafka_group)
    assert (group.state, group.members, group.assignment, group.committed) == ("Dead", [], {}, {})


def test_who_waits_in_vain_is_told_how_the_group_was_seen_last(
    kafka: KafkaBroker | ExternalKafka, kafka_consumer: Callable[..., Any], kafka_topic: str, kafka_group: str
) -> None:
    with pytest.raises(TimeoutError, match=f"group {kafka_group} does not exist after 100 ms; expected Stable"):
        kafka.wait_group_stable(kafka_group, timeout_seconds=0.1)
    kafka_consumer(kafka_topic, group_id=kafka_group, client_id="billing", wait_assigned=True)
    expected = rf"{kafka_group} is Stable with 1 member \(billing\) after 100 ms; expected Stable with 2 members"
    with pytest.raises(TimeoutError, match=expected):
        kafka.wait_group_stable(kafka_group, members=2, timeout_seconds=0.1)


def test_a_cluster_that_is_away_is_an_error_that_names_it() -> None:
    with pytest.raises(ConnectionError, match=r"127\.0\.0\.1:1"):
        ExternalKafka("127.0.0.1:1").group("billing")
