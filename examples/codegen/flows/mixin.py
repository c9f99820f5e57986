"""The mixin flow: who wants to retry is recommended the mixin for it."""

from __future__ import annotations

import sys

from flow import Payload, main


def check(answer: Payload) -> str | None:
    names = [mixin["mixin_name"] for mixin in answer["recommendations"]]
    return None if "Retry" in names else f"Retry is not among {names}"


if __name__ == "__main__":
    sys.exit(main("mixin", "mixin", {"requirements": ["retry with backoff"], "node_type": "effect"}, check))
