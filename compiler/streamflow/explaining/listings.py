"""Generated code beside the lines of the program that it was made of, node by node."""

from __future__ import annotations

import json
import linecache
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

from streamflow.diagnostics import program_path
from streamflow.ir.graph import Node
from streamflow.target.program import Program

Numbered: TypeAlias = tuple[int, str]  # number of a line, counted from 1, and the line


@dataclass(frozen=True)
class Source:
    """Lines of the user's that follow each other."""

    file: str
    lines: list[Numbered]


@dataclass(frozen=True)
class Listing:
    """A node: where it is written, and its lines of `src/kernel.py`."""

    node: str
    kind: str
    written: list[Source]
    generated: list[list[Numbered]]


def listings(program: Program) -> list[Listing]:
    """Of a program's bundle, in the order of the graph's nodes."""
    text = program.files["src/kernel.py"].partition("\n\n\n# From which line on which node runs")[0].splitlines()
    table = json.loads(program.files["streamflow.json"])["source_map"]["lines"]
    owned = _owned(text, table)
    return [
        Listing(node.name, node.kind, list(_written(node)), list(_runs(text, owned.get(node.name, []))))
        for node in program.graph.nodes
    ]


def _owned(text: list[str], table: list[list[object]]) -> dict[str, list[int]]:
    """The numbers of the lines behind which each node stands."""
    found: dict[str, list[int]] = {}
    starts = [int(str(entry[0])) for entry in table]
    for entry, end in zip(table, [*starts[1:], len(text) + 1], strict=True):
        first, node = int(str(entry[0])), str(entry[1])
        if node:
            found.setdefault(node, []).extend(range(first, end))
    return found


def _runs(text: list[str], numbers: list[int]) -> Iterator[list[Numbered]]:
    """Lines that follow each other, without the comments that say whose they are."""
    run: list[Numbered] = []
    for before, number in zip([0, *numbers], numbers, strict=False):
        line = text[number - 1]
        if run and number != before + 1:
            yield run
            run = []
        if line.strip() and not line.lstrip().startswith("# "):
            run.append((number, line))
    if run:
        yield run


def _written(node: Node) -> Iterator[Source]:
    """The call that makes the node, and the functions that it names, each line once."""
    shown: set[tuple[str, int]] = set()
    places = [(node.span.file, node.span.line, node.span.end_line or node.span.line)] if node.span else []
    for function in node.functions:
        if function.tree is not None:
            places.append((function.file, function.tree.lineno, function.tree.end_lineno or function.tree.lineno))
    for file, first, last in places:
        lines = [(number, linecache.getline(file, number).rstrip("\n")) for number in range(first, last + 1)]
        lines = [(number, line) for number, line in lines if (file, number) not in shown and line]
        shown |= {(file, number) for number, _ in lines}
        if lines:
            yield Source(program_path(file), lines)
