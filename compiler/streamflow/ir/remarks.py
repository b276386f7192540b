"""What a pass says of its work: what it did at a node, and where it did nothing, why, in the terms of the program.

As LLVM's optimisation remarks, applied or missed. A pass gets a collector from whoever runs it and stays a function of
its graph: what it says changes nothing.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from streamflow.diagnostics import program_path
from streamflow.ir.function import Function
from streamflow.ir.graph import Node


class Refusal(NamedTuple):
    """Why something is not done: a clause that follows "because". `line` is that of what stands in the way."""

    reason: str
    file: str | None = None
    line: int | None = None


@dataclass(frozen=True)
class Remark:
    """One remark: `text` goes on after the node's name. A missed one has a reason."""

    made_by: str
    node: str
    applied: bool
    text: str
    reason: str | None
    file: str
    line: int

    @property
    def sentence(self) -> str:
        """The node, what is said of it, and the reason."""
        return f"`{self.node}` {self.text}" + (f" because {self.reason}" if self.reason else "")


class Remarks:
    """Collects what one pass says, in its order; what it says twice is there once."""

    def __init__(self, made_by: str = "") -> None:
        self._made_by = made_by
        self.made: list[Remark] = []

    def applied(self, node: Node, text: str) -> None:
        """It was done."""
        self._note(node, True, text, Refusal(""))

    def missed(self, node: Node, text: str, refusal: Refusal) -> None:
        """It was not done; `text` says how things are instead."""
        self._note(node, False, text, refusal)

    def _note(self, node: Node, applied: bool, text: str, refusal: Refusal) -> None:
        file, line = refusal.file, refusal.line
        if line is None and node.span is not None:
            file, line = node.span.file, node.span.line
        place = program_path(file) if file else ""
        remark = Remark(self._made_by, node.name, applied, text, refusal.reason or None, place, line or 0)
        if remark not in self.made:
            self.made.append(remark)


def refused(reason: str, function: Function, at: ast.AST | None = None) -> Refusal:
    """A refusal for what stands at a place in a user's function; without one, the function itself."""
    line = getattr(at, "lineno", None) or function.line
    return Refusal(reason, function.file, line)


def source_of(tree: ast.AST) -> str:
    """An expression of the user's, short enough to be quoted."""
    text = " ".join(ast.unparse(tree).split())
    return text if len(text) <= 60 else f"{text[:57]}..."


def listed(names: Iterable[str]) -> str:
    """`a`, `b` and `c`."""
    *most, last = [f"`{name}`" for name in names]
    return f"{', '.join(most)} and {last}" if most else last
