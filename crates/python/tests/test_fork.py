"""A fork of an embedded broker: a second one from the state of the first."""

from __future__ import annotations

import pytest
from kafka import KafkaConsumer, KafkaProducer, TopicPartition

from kafka_trial import KafkaBroker


def consumer(broker: KafkaBroker) -> KafkaConsumer:
    return KafkaConsumer(
        "orders",
        bootstrap_servers=broker.bootstrap_servers,
        group_id="billing",
        auto_offset_reset="earliest",
        enable_auto_commit=False,
        consumer_timeout_ms=10_000,
    )


def test_a_group_goes_on_in_a_fork_where_it_was_and_nobody_is_waited_for() -> None:
    with KafkaBroker.start(topics={"orders": 1}) as seed:
        for number in range(3):
            seed.produce("orders", {"id": number})
        reader = consumer(seed)
        assert next(reader).offset == 0
        reader.commit()
        with seed.fork() as first, seed.fork() as second:
            assert [group for group, _ in first.left_members] == ["billing"]
            for broker in (first, second):
                forked = consumer(broker)
                assert next(forked).offset == 1, "the committed offset is there, and the member of the seed is not"
                forked.close()
            first.produce("orders", {"id": "of the first"})
            assert len(first.records("orders")) == 4
            assert len(second.records("orders")) == len(seed.records("orders")) == 3
        assert next(reader).offset == 1, "the seed goes on"
        reader.close()


def test_an_open_transaction_is_aborted_in_a_fork_or_kept() -> None:
    with KafkaBroker.start(topics={"orders": 1}) as seed:
        producer = KafkaProducer(bootstrap_servers=seed.bootstrap_servers, transactional_id="shop")
        producer.init_transactions()
        producer.begin_transaction()
        producer.send("orders", b"open").get(10)
        with seed.fork() as aborted, seed.fork(transactions="keep") as kept:
            assert (aborted.aborted_transactions, kept.aborted_transactions) == (["shop"], [])
            for broker, can_be_read in ((aborted, True), (kept, False)):
                broker.produce("orders", {"id": 1})
                reader = KafkaConsumer(
                    bootstrap_servers=broker.bootstrap_servers,
                    isolation_level="read_committed",
                )
                place = TopicPartition("orders", 0)
                reader.assign([place])
                # What can be read ends before an open transaction, and behind an aborted one.
                assert (reader.end_offsets([place])[place] > 0) == can_be_read
                reader.close()
        producer.commit_transaction()
        producer.close()
        assert len(seed.records("orders")) == 1


def test_a_fork_is_as_stopped_as_its_original_and_ends_by_itself() -> None:
    with KafkaBroker.start(brokers=3) as seed:
        seed.stop_broker(1)
        fork = seed.fork()
        fork.start_broker(1)
        assert fork.bootstrap_servers != seed.bootstrap_servers
        seed.stop()
        assert fork.is_running
        fork.stop()
        with pytest.raises(Exception, match="stopped"):
            fork.fork()


def test_what_is_to_be_kept_is_one_of_two_words() -> None:
    with KafkaBroker.start() as broker:
        with pytest.raises(ValueError, match="members='stay': expected leave or keep"):
            broker.fork(members="stay")
        with pytest.raises(ValueError, match="transactions=None: expected abort or keep"):
            broker.fork(transactions=None)  # type: ignore[arg-type]
