"""The embedded broker as a value, without pytest's fixtures."""

from __future__ import annotations

import os
import socket
import threading
from pathlib import Path

import pytest
from waiting import until

from kafka_trial import KafkaBroker, KafkaTrialError, verify_kafka_connectivity


def port_of(broker: KafkaBroker) -> int:
    return int(broker.bootstrap_servers.rpartition(":")[2])


def held() -> tuple[int, int]:
    """All threads of this process, those that Python does not know of included, and all open descriptors."""
    return len(list(Path("/proc/self/task").iterdir())), len(list(Path("/proc/self/fd").iterdir()))


def test_what_is_produced_is_in_the_log() -> None:
    with KafkaBroker.start() as broker:
        broker.create_topic("orders", partitions=2)
        produced = broker.produce("orders", {"id": 7}, key=b"k", partition=1, headers={"trace": "t"})
        (record,) = broker.records("orders")
        assert (record.partition, record.offset, record.value) == (1, 0, b'{"id":7}')
        assert (record.key, record.headers, record.topic) == (b"k", [("trace", b"t")], "orders")
        assert record.timestamp == produced.timestamp
        assert broker.records("orders", partition=0) == []
        assert "orders-1@0" in repr(record)


def test_a_compacted_topic_keeps_the_last_record_of_each_key() -> None:
    with KafkaBroker.start() as broker:
        broker.create_topic("states", cleanup_policy="compact")
        for key, value in [(b"a", "1"), (b"b", "1"), (b"a", "2")]:
            broker.produce("states", value, key=key)
        broker.compact("states")
        assert [(record.key, record.value) for record in broker.records("states")] == [(b"b", b"1"), (b"a", b"2")]
        broker.create_topic("orders")
        with pytest.raises(KafkaTrialError, match="orders is not compacted"):
            broker.compact("orders")


def test_a_broker_can_pass_for_an_older_release() -> None:
    with KafkaBroker.start(api="2.8", topics={"orders": 1}) as broker:
        assert verify_kafka_connectivity(broker.bootstrap_servers)
        assert broker.produce("orders", {"id": 7}).offset == 0
    with pytest.raises(ValueError, match="2.7 is no release of Kafka that is known here"):
        KafkaBroker.start(api="2.7")


def test_a_stopped_broker_refuses_at_once_and_says_so() -> None:
    broker = KafkaBroker.start()
    servers = broker.bootstrap_servers
    assert verify_kafka_connectivity(servers)
    broker.stop()
    broker.stop()
    assert not verify_kafka_connectivity(servers)
    with pytest.raises(KafkaTrialError, match="has stopped"):
        broker.records("orders")


def test_a_port_in_use_is_an_error_that_names_it() -> None:
    with KafkaBroker.start() as broker, pytest.raises(OSError, match=f"127.0.0.1:{port_of(broker)}.*port=0"):
        KafkaBroker.start(port=port_of(broker))


def test_settings_that_cannot_be_are_refused_by_name() -> None:
    with pytest.raises(ValueError, match="default_partitions=-1: expected a number from 1 on"):
        KafkaBroker.start(default_partitions=-1)
    with pytest.raises(ValueError, match="node.id=one: expected a whole number"):
        KafkaBroker.start(config={"node.id": "one"})
    for name, value in (("brokers", 0), ("brokers", -1), ("port", 99_999), ("port", "19092"), ("seed", -1)):
        with pytest.raises((TypeError, ValueError), match=f"{name}={value!r}: expected a number from . to [0-9]+"):
            KafkaBroker.start(**{name: value})  # type: ignore[arg-type]
    with pytest.raises(TypeError, match=r"write topics=\['orders'\]"):
        KafkaBroker.start(topics="orders")
    with pytest.raises(TypeError, match=r"KafkaBroker.start\(\)"):
        KafkaBroker()
    with pytest.raises(OSError, match="no.such.host.invalid:0") as refused:
        KafkaBroker.start(host="no.such.host.invalid")
    assert "port=0" not in str(refused.value)
    with (
        pytest.warns(UserWarning, match="Kafka has no broker property no.such.property"),
        KafkaBroker.start(config={"no.such.property": "1"}),
    ):
        pass


def test_values_that_are_no_records_and_partitions_that_are_not_there_are_told() -> None:
    with KafkaBroker.start(topics=["orders"], default_partitions=2, config={"num.partitions": 2}) as broker:
        for value in (7, [1], object()):
            with pytest.raises(
                TypeError, match=f"value is an? {type(value).__name__}; expected a dict, text, bytes or None"
            ):
                broker.produce("orders", value)  # type: ignore[arg-type]
        assert broker.produce("orders", "text", key="key", partition=1).key == b"key"
        for look in (lambda: broker.records("orders", 2), lambda: broker.produce("orders", "x", partition=2)):
            with pytest.raises(
                KafkaTrialError, match="topic orders has 2 partitions, and none is 2; they count from 0"
            ):
                look()


def test_topics_that_kafka_would_refuse_are_refused() -> None:
    with KafkaBroker.start() as broker:
        with pytest.raises(KafkaTrialError, match="no/slash"):
            broker.create_topic("no/slash")
        with pytest.raises(KafkaTrialError, match="no.such.config"):
            broker.create_topic("orders", no_such_config="1")
        with pytest.raises(KafkaTrialError, match="retention.ms"):
            broker.create_topic("orders", retention_ms="soon")
        broker.create_topic("orders", retention_ms="1000")
        with pytest.raises(KafkaTrialError, match="exists"):
            broker.create_topic("orders")


def test_the_same_seed_gives_the_same_cluster() -> None:
    from kafka import KafkaAdminClient

    def cluster_id() -> str:
        with KafkaBroker.start(seed=7) as broker:
            admin = KafkaAdminClient(bootstrap_servers=broker.bootstrap_servers)
            described = admin.describe_cluster()
            admin.close()
            return str(described["cluster_id"])

    assert cluster_id() == cluster_id()


def test_starting_and_stopping_leaks_neither_threads_nor_descriptors() -> None:
    def cycle() -> None:
        with KafkaBroker.start(topics={"orders": 1}) as broker:
            broker.produce("orders", b"x")
            assert len(broker.records("orders")) == 1

    cycle()
    before = held()
    for _ in range(50):
        cycle()
    # The kernel lists a thread for a moment after it has been joined.
    until(held, lambda now: now == before, f"threads and descriptors are {before} again")
    assert not [thread for thread in threading.enumerate() if "kafka-trial" in thread.name]


def test_a_forked_child_leaves_the_broker_to_its_parent() -> None:
    with KafkaBroker.start() as broker:
        child = os.fork()
        if child == 0:
            try:
                broker.records("orders")
            except KafkaTrialError as error:
                os._exit(0 if f"process {os.getppid()}" in str(error) else 3)
            os._exit(4)
        _, status = os.waitpid(child, 0)
        assert os.waitstatus_to_exitcode(status) == 0
        assert verify_kafka_connectivity(broker.bootstrap_servers)


def test_bytes_that_are_not_kafka_end_only_their_connection() -> None:
    with KafkaBroker.start() as broker:
        with socket.create_connection(("127.0.0.1", port_of(broker))) as stranger:
            stranger.sendall(b"GET / HTTP/1.1\r\n\r\n")
            stranger.settimeout(5)
            assert stranger.recv(1) == b""
        assert verify_kafka_connectivity(broker.bootstrap_servers)
