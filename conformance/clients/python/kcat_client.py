"""The command kcat."""

from __future__ import annotations

import re
import subprocess
import sys
import threading
from collections.abc import Iterable

from client import LIMIT_SECONDS, Member, Unsupported


class Kcat:
    def __init__(self, servers: str) -> None:
        self.servers = servers
        told = subprocess.run(["kcat", "-V"], capture_output=True, text=True, check=True).stdout
        found = re.search(r"Version (\S+) .*librdkafka ([\d.]+)", told)
        self.version = "/".join(found.groups()) if found else "unknown"

    def run(self, *arguments: str, stdin: bytes = b"") -> str:
        command = ["kcat", "-b", self.servers, *arguments]
        done = subprocess.run(command, input=stdin, capture_output=True, timeout=LIMIT_SECONDS, check=False)
        if done.returncode:
            raise RuntimeError(done.stderr.decode())
        return done.stdout.decode()

    def create(self, topic: str, partitions: int) -> None:
        raise Unsupported("kcat neither creates nor deletes topics")

    def topics(self) -> Iterable[str]:
        return re.findall(r'^ +topic "(.+)" with', self.run("-L"), re.MULTILINE)

    def delete(self, topic: str) -> None:
        raise Unsupported("kcat neither creates nor deletes topics")

    def produce(self, topic: str, partition: int, codec: str, values: list[bytes]) -> None:
        options = ("-P", "-t", topic, "-p", str(partition), "-z", codec, "-X", "linger.ms=50")
        self.run(*options, stdin=b"\n".join(values))

    def member(self, topic: str, group: str) -> Member:
        return KcatMember(self.servers, topic, group)


class KcatMember:
    """`kcat -G`, which tells its assignment on standard error and commits when it ends."""

    def __init__(self, servers: str, topic: str, group: str) -> None:
        options = ["-X", "auto.offset.reset=earliest", "-X", "heartbeat.interval.ms=100", "-u"]
        command = ["kcat", "-b", servers, *options, "-G", group, topic]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.changed = threading.Condition()
        self.values: list[bytes] = []
        self.assigned: list[int] = []
        threading.Thread(target=self.read_values, daemon=True).start()
        threading.Thread(target=self.read_assignments, daemon=True).start()

    def read_values(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            with self.changed:
                self.values.append(line.rstrip(b"\n"))
                self.changed.notify()

    def read_assignments(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            sys.stderr.buffer.write(line)
            sys.stderr.flush()
            if b" rebalanced " in line:
                partitions = [int(number) for number in re.findall(rb"\[(\d+)\]", line)]
                with self.changed:
                    self.assigned = partitions if b"assigned:" in line else []

    def poll(self) -> list[bytes]:
        with self.changed:
            self.changed.wait_for(lambda: bool(self.values), timeout=0.2)
            values, self.values = self.values, []
            return values

    def assignment(self) -> Iterable[int]:
        with self.changed:
            return self.assigned

    def commit(self) -> None:
        """Nothing to do before it ends."""

    def close(self) -> None:
        self.process.terminate()
        self.process.wait(LIMIT_SECONDS)
