"""The validation flow: code that follows the conventions is valid."""

from __future__ import annotations

import sys

from flow import Payload, main

CODE = """\
from pydantic import BaseModel


class ModelOrder(BaseModel):
    order_id: str


class NodeOrderEffect(NodeEffect):
    contract_path: str = "contracts/order.yaml"
"""


def check(answer: Payload) -> str | None:
    return None if answer["is_valid"] else f"not valid, {answer['violations']}"


if __name__ == "__main__":
    sys.exit(main("validation", "validate", {"code_content": CODE, "node_type": "effect"}, check))
