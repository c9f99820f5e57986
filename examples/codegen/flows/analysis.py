"""The analysis flow: requirements that speak of storing and publishing are those of an effect."""

from __future__ import annotations

import sys

from flow import Payload, main

REQUIREMENTS = "The order service stores every order in a database and publishes an event to Kafka."


def check(answer: Payload) -> str | None:
    hints = answer["node_type_hints"]
    best = max(hints, key=hints.__getitem__)
    return None if best == "effect" else f"{best} is hinted at, not effect"


if __name__ == "__main__":
    sys.exit(main("analysis", "analyze", {"prd_content": REQUIREMENTS}, check))
