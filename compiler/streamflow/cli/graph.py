"""`streamflow graph FILE`: the graph as Mermaid text, for Markdown pages and mermaid.live."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from enum import StrEnum
from typing import Annotated

import typer

from streamflow.cli.loading import ProgramFile, compiled
from streamflow.ir.graph import Graph


class Format(StrEnum):
    """What `graph` can write."""

    mermaid = "mermaid"


def graph(
    file: ProgramFile,
    format: Annotated[Format, typer.Option(help="What to write.")] = Format.mermaid,
) -> None:
    """Print the graph as Mermaid text."""
    sys.stdout.write("\n".join(mermaid(compiled(file, level=0).graph)) + "\n")


def mermaid(graph: Graph) -> Iterator[str]:
    """The lines of a flowchart: a shape for each family of nodes, ports other than `out` on the edges."""
    yield "flowchart LR"
    ids = {node.name: f"n{number}" for number, node in enumerate(graph.nodes)}
    for node in graph.nodes:
        left, right = _SHAPES[node.family]
        about = ", ".join(node.kind.split("."))
        yield f'  {ids[node.name]}{left}"{node.name}<br/><small>{about}</small>"{right}'
    for edge in graph.edges:
        words = [edge.port] * (edge.port != "out") + ["when"] * (edge.when is not None)
        arrow = f"-- {', '.join(words)} -->" if words else "-->"
        yield f"  {ids[edge.origin]} {arrow} {ids[edge.target]}"


_SHAPES = {
    "source": ("([", "])"),
    "transform": ("[", "]"),
    "filter": ("{{", "}}"),
    "aggregate": ("[[", "]]"),
    "join": ("[\\", "/]"),
    "sink": ("[/", "/]"),
}
