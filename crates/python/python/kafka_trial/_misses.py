"""Events that a test has waited for in vain, as the report of the failed test shows them."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from . import _run

# How many ids of other events are shown, the newest.
_SHOWN = 3


@dataclass
class Miss:
    """What became of a wait: who waited, how long, and what came instead."""

    correlation_id: str
    name: str
    seconds: float
    #: What the consumer was assigned at the end, by topic.
    partitions: dict[str, list[int]]
    seen: int = 0
    others: deque[str] = field(default_factory=lambda: deque(maxlen=_SHOWN))

    def saw(self, place: str, ids: Sequence[str], *, is_event: bool) -> None:
        """Count what came and was not meant."""
        self.seen += 1
        if self.correlation_id in ids and not is_event:
            self.others.append(f"{ids[0]!r}, but the value of {place} is not a JSON object")
        else:
            self.others.append(repr(ids[0]) if ids else "no id")

    def __str__(self) -> str:
        lines = [f"no event with {self.name} {self.correlation_id!r} within {self.seconds:g} s"]
        for topic, numbers in self.partitions.items():
            lines.append(f"  the consumer has partitions {', '.join(map(str, numbers))} of {topic}")
        if not self.partitions:
            lines.append("  the consumer has no partitions: another member of its group has them, or it never joined")
        if self.seen:
            more = ", the last of them " if self.seen > _SHOWN else ", with "
            events = "1 other event" if self.seen == 1 else f"{self.seen} other events"
            lines.append(f"  {events} came{more}{', '.join(self.others)}")
        else:
            lines.append("  no other event came")
        answers = {name for key, name in _run.DEFAULT_TOPICS.items() if key.endswith("_response")}
        if not self.seen and answers.intersection(self.partitions):
            lines.append(
                "  is a service running that answers? kafka_trial_codegen_handlers = true starts the reference one"
            )
        lines.append("  kafka_flow.expect(correlation_id, request_topic, response_topic) tells which part blocks an id")
        return "\n".join(lines)


def partitions_of(consumer: Any) -> dict[str, list[int]]:
    """What a consumer of any of the three clients is assigned, by topic; nothing where it cannot be asked."""
    partitions: dict[str, list[int]] = {}
    try:
        for assigned in sorted(consumer.assignment(), key=lambda assigned: (assigned.topic, assigned.partition)):
            partitions.setdefault(assigned.topic, []).append(assigned.partition)
    except Exception:  # a closed client raises what it likes, and this is only for a report
        partitions.clear()
    return partitions
