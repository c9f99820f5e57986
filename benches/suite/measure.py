"""What a suite of 100 tests takes, embedded and on Apache Kafka, and where the time goes.

    cargo xtask bench suite [--rounds 3]

Apache Kafka is started where Java and Maven are; ``--kafka HOST:PORT`` measures a cluster that is there already.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median
from time import perf_counter

HERE = Path(__file__).parent
REAL_KAFKA = HERE.parents[1] / "conformance" / "real-kafka" / "start.sh"
PORT = 19392
Parts = dict[str, list[float]]


def main() -> int:
    """Measure in rounds, one mode after the other, and print one table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--tests", type=int, default=100)
    parser.add_argument("--kafka", metavar="HOST:PORT", help="a cluster that is there already")
    parser.add_argument("--no-peers", action="store_true", help="leave Apache Kafka out")
    arguments = parser.parse_args()
    address = arguments.kafka or (None if arguments.no_peers else start_kafka())
    try:
        modes = {"embedded": None, **({"Apache Kafka": address} if address else {})}
        rounds = [
            {name: measure(servers, arguments.tests) for name, servers in modes.items()}
            for _ in range(arguments.rounds)
        ]
    finally:
        if address and not arguments.kafka:
            kafka("wipe")
    report(list(modes), rounds, arguments.tests)
    return 0


def kafka(command: str) -> int:
    """Start or stop the real Kafka."""
    ports = {"PORT": str(PORT), "CTRL_PORT": str(PORT + 1), "SASL_PORT": str(PORT + 2)}
    return subprocess.run([str(REAL_KAFKA), command], env={**os.environ, **ports}, stdout=sys.stderr).returncode


def start_kafka() -> str | None:
    """The address of a real Kafka, or nothing on a machine that cannot run one."""
    if missing := [program for program in ("java", "mvn") if shutil.which(program) is None]:
        print(f"Apache Kafka is left out: {missing[0]} is not on this machine", file=sys.stderr)
        return None
    if kafka("up") != 0:
        raise SystemExit("Apache Kafka did not start")
    return f"127.0.0.1:{PORT}"


def measure(servers: str | None, tests: int) -> tuple[float, Parts]:
    """Seconds of a pytest process from its start to its end, and the parts of its tests."""
    with tempfile.TemporaryDirectory() as folder:
        parts = Path(folder) / "parts.json"
        variables = {
            "SUITE_PARTS": str(parts),
            "SUITE_TESTS": str(tests),
            "TEST_KAFKA_BOOTSTRAP_SERVERS": servers or "",
        }
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-c", os.devnull, str(HERE)]
        begin = perf_counter()
        done = subprocess.run(command, env={**os.environ, **variables}, capture_output=True, text=True)
        seconds = perf_counter() - begin
        if done.returncode != 0 or f"{tests} passed" not in done.stdout:
            raise SystemExit(done.stdout + done.stderr)
        return seconds, json.loads(parts.read_text())


def report(modes: list[str], rounds: list[dict[str, tuple[float, Parts]]], tests: int) -> None:
    """One table: each mode, and how many times the first one the others are."""
    rows = ["whole run, s", *(f"{part}, ms" for part in parts_of(rounds, tests))]
    print(f"| {tests} tests, {len(rounds)} rounds, medians | {' | '.join(modes)} | ratio |")
    print("|---|" + "---:|" * (len(modes) + 1))
    for row in rows:
        values = [[value(taken[mode], row) for taken in rounds] for mode in modes]
        medians = [median(of_mode) for of_mode in values]
        ratio = median(last / first for first, last in zip(values[0], values[-1], strict=True) if first > 0)
        cells = [f"{figure:.2f}" for figure in medians]
        print(f"| {row} | {' | '.join(cells)} | {f'{ratio:.1f}×' if len(modes) > 1 else ''} |")


def parts_of(rounds: list[dict[str, tuple[float, Parts]]], tests: int) -> list[str]:
    """The parts that every test has, the longest first."""
    first = next(iter(rounds[0].values()))[1]
    return sorted((part for part, times in first.items() if len(times) == tests), key=lambda part: -sum(first[part]))


def value(taken: tuple[float, Parts], row: str) -> float:
    """The figure of a row: seconds of the run, or the median of a part in milliseconds."""
    seconds, parts = taken
    return seconds if row == "whole run, s" else median(parts[row.removesuffix(", ms")]) * 1000


if __name__ == "__main__":
    raise SystemExit(main())
