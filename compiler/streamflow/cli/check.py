"""`streamflow check FILE`: every problem of a program at once, no output."""

from __future__ import annotations

from streamflow.cli.loading import ProgramFile, compiled
from streamflow.cli.reporting import say


def check(file: ProgramFile) -> None:
    """Report every problem of a program."""
    program = compiled(file)
    graph = program.graph
    say(f"{file}: `{graph.name}` is in order ({len(graph.nodes)} nodes, {len(graph.edges)} edges)")
