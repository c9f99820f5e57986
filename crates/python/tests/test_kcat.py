"""kcat, an old librdkafka, on the embedded broker: list, produce, consume, look up by time, join a group."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator

import pytest

from kafka_trial import KafkaBroker

pytestmark = pytest.mark.skipif(shutil.which("kcat") is None, reason="kcat is not installed")

LINES = [f"line {number}" for number in range(1000)]


@pytest.fixture(scope="module")
def broker() -> Iterator[KafkaBroker]:
    with KafkaBroker.start(default_partitions=2) as broker:
        yield broker


def kcat(broker: KafkaBroker, *arguments: str, stdin: str = "") -> list[str]:
    command = ["kcat", "-b", broker.bootstrap_servers, "-q", *arguments]
    done = subprocess.run(command, input=stdin, capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


@pytest.mark.parametrize("codec", ["none", "gzip", "snappy", "lz4", "zstd"])
def test_lines_of_each_codec_come_back(broker: KafkaBroker, codec: str) -> None:
    topic = f"lines-{codec}"
    kcat(broker, "-P", "-t", topic, "-p", "0", "-z", codec, stdin="\n".join(LINES))
    assert [record.value for record in broker.records(topic)] == [line.encode() for line in LINES]
    assert kcat(broker, "-C", "-t", topic, "-e") == LINES
    assert kcat(broker, "-C", "-t", topic, "-e", "-X", "isolation.level=read_committed") == LINES


def test_the_listing_names_topics_partitions_and_the_broker(broker: KafkaBroker) -> None:
    broker.create_topic("listed", partitions=3)
    listing = "\n".join(kcat(broker, "-L"))
    assert 'topic "listed" with 3 partitions' in listing
    assert f"at {broker.bootstrap_servers} (controller)" in listing


def test_offsets_are_found_by_time(broker: KafkaBroker) -> None:
    broker.create_topic("timed")
    first = broker.produce("timed", b"first").timestamp
    broker.produce("timed", b"second")
    assert kcat(broker, "-Q", "-t", f"timed:0:{first}") == ["timed [0] offset 0"]
    assert kcat(broker, "-Q", "-t", f"timed:0:{first + 3_600_000}") == ["timed [0] offset -1"]


def test_a_group_consumes_and_commits(broker: KafkaBroker) -> None:
    broker.create_topic("grouped", partitions=2)
    for partition in range(2):
        broker.produce("grouped", f"record {partition}", partition=partition)
    arguments = ("-X", "auto.offset.reset=earliest", "-c", "2", "-G", "readers", "grouped")
    assert sorted(kcat(broker, *arguments)) == ["record 0", "record 1"]
    broker.produce("grouped", "later", partition=1)
    assert kcat(broker, "-X", "auto.offset.reset=earliest", "-c", "1", "-G", "readers", "grouped") == ["later"]


def test_headers_keys_and_tombstones_survive(broker: KafkaBroker) -> None:
    kcat(broker, "-P", "-t", "shaped", "-p", "0", "-K", ":", "-Z", "-H", "a=1", "-H", "a=2", stdin="key:\n")
    (record,) = broker.records("shaped")
    assert (record.key, record.value, record.headers) == (b"key", None, [("a", b"1"), ("a", b"2")])
