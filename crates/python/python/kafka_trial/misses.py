"""Events that a test has waited for in vain, as the report of the failed test shows them."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from .events import Event
from .kafka_test_config import KafkaTestConfig

# How many ids of other events are shown, the newest.
_SHOWN = 3


@dataclass
class Miss:
    """What became of a wait: who waited, how long, and what came instead."""

    correlation_id: str
    name: str
    seconds: float
    #: Topics and partitions of the consumer at the end, as text.
    partitions: list[str]
    seen: int = 0
    others: deque[str] = field(default_factory=lambda: deque(maxlen=_SHOWN))

    def saw(self, events: Iterable[Event]) -> Miss:
        """Count what came and was not meant."""
        for event in events:
            self.seen += 1
            self.others.append(repr(event.get(self.name)))
        return self

    def __str__(self) -> str:
        lines = [f"no event with {self.name} {self.correlation_id!r} within {self.seconds:g} s"]
        if self.partitions:
            lines.append(f"  the consumer has {', '.join(self.partitions)}")
        else:
            lines.append("  the consumer has no partitions: another member of its group has them, or it never joined")
        if self.seen:
            more = ", the last of them " if self.seen > _SHOWN else ", with "
            lines.append(f"  {self.seen} other events came{more}{', '.join(self.others)}")
        else:
            lines.append("  no other event came")
        answers = {name for key, name in KafkaTestConfig.DEFAULT_TOPICS.items() if key.endswith("_response")}
        if not self.seen and any(partition.rsplit("-", 1)[0] in answers for partition in self.partitions):
            lines.append(
                "  is a service running that answers? kafka_trial_codegen_handlers = true starts the reference one"
            )
        lines.append("  kafka_flow.expect(correlation_id, request_topic, response_topic) tells which part blocks an id")
        return "\n".join(lines)


def partitions_of(consumer: Any) -> list[str]:
    """What a consumer of any of the three clients is assigned, ``orders-0``; nothing where it cannot be asked."""
    try:
        assigned = consumer.assignment()
        return sorted(f"{partition.topic}-{partition.partition}" for partition in assigned)
    except Exception:  # a closed client raises what it likes, and this is only for a report
        return []
