"""The code blocks of the document that ``KAFKA_TRIAL_SPEC`` names, sorted by what can be done with them."""

from __future__ import annotations

import ast
import re
import textwrap
from dataclasses import dataclass
from pathlib import Path

FENCE = re.compile(r"^(?P<indent> *)```(?P<language>\w+)\n(?P<text>.*?)^(?P=indent)```", re.DOTALL | re.MULTILINE)


@dataclass(frozen=True)
class Block:
    """A fenced block; ``line`` is where its code begins in the document."""

    line: int
    language: str
    text: str

    @property
    def tree(self) -> ast.Module:
        flags = ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
        tree = compile(self.text, f"line {self.line}", "exec", flags)
        assert isinstance(tree, ast.Module)
        return tree

    @property
    def functions(self) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
        return [node for node in self.tree.body if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))]

    def names(self, *kinds: type[ast.expr_context]) -> set[str]:
        """The names that are read or written anywhere in the block."""
        return {node.id for node in ast.walk(self.tree) if isinstance(node, ast.Name) and isinstance(node.ctx, kinds)}


class Document:
    """The blocks of a document."""

    def __init__(self, path: Path) -> None:
        text = path.read_text()
        self.blocks = [
            Block(text.count("\n", 0, found.start("text")) + 1, found["language"], textwrap.dedent(found["text"]))
            for found in FENCE.finditer(text)
        ]
        self.python = [block for block in self.blocks if block.language == "python"]

    def fixtures(self) -> list[Block]:
        """Declarations of fixtures, without bodies."""
        return [block for block in self.python if "@pytest.fixture" in block.text]

    def tests(self) -> list[Block]:
        """Whole tests. A coroutine without arguments or marker is no test of pytest's: it counts as a snippet."""

        def is_test(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
            bare = isinstance(function, ast.AsyncFunctionDef) and not (function.args.args or function.decorator_list)
            return function.name.startswith("test_") and not bare

        return [block for block in self.python if any(map(is_test, block.functions))]

    def snippets(self) -> list[Block]:
        """Everything else in Python, in the document's order."""
        others = {*self.fixtures(), *self.tests()}
        return [block for block in self.python if block not in others]

    def commands(self, program: str) -> list[str]:
        """The shell lines that call a program."""
        lines = [line.strip() for block in self.blocks if block.language == "bash" for line in block.text.splitlines()]
        return [line for line in lines if line.startswith(f"{program} ")]


def expected_values(block: Block) -> dict[str, object]:
    """What a block says its variables are: ``x = ...`` followed by ``# => VALUE`` or ``# Returns:`` and a value."""
    values: dict[str, object] = {}
    variable: str | None = None
    comment: list[str] = []
    for line in [*block.text.splitlines(), ""]:
        if line.startswith("#") and variable is not None:
            comment.append(re.sub(r"^# ?(=>|Returns:)?", "", line))
            continue
        if variable is not None and comment:
            literal = "\n".join(part for part in comment if part.strip() != "...")
            values[variable] = ast.literal_eval(literal.strip())
        assigned = re.match(r"(\w+) = ", line)
        variable, comment = (assigned[1] if assigned else None), []
    return values
