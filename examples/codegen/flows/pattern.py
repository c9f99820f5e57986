"""The pattern flow: there are known nodes like the one described, the best first."""

from __future__ import annotations

import sys

from flow import Payload, main

REQUEST = {"node_description": "writes orders to a database and retries on failure", "score_threshold": 0.1}


def check(answer: Payload) -> str | None:
    scores = [node["similarity_score"] for node in answer["similar_nodes"]]
    if not scores:
        return "no node is similar"
    return None if scores == sorted(scores, reverse=True) else f"the scores are in no order: {scores}"


if __name__ == "__main__":
    sys.exit(main("pattern", "pattern", REQUEST, check))
