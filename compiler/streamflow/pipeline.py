"""The whole road in one place: load, build, check, optimise, emit."""

from __future__ import annotations

from collections.abc import Collection
from copy import copy

from streamflow.diagnostics import CompileError
from streamflow.dsl.graph import GraphDefinition
from streamflow.frontend.build import build
from streamflow.ir.graph import Graph
from streamflow.ir.remarks import Remark, Remarks
from streamflow.ir.verifier import verify
from streamflow.passes import LEVELS
from streamflow.target.link_plugins import unlinkable
from streamflow.target.program import Program


def compile_graph(definition: GraphDefinition, level: int = 2, without: Collection[str] = ()) -> Program:
    """Compile a graph in memory. Raises CompileError with every problem found.

    `level` 0 runs every node as written, 2 is the default, 1 is 2 without the freedom to skip work that may fail.
    Passes named in `without` are left out: what they do is seen by what is missing then.
    """
    if level not in LEVELS:
        raise ValueError(f"there is no level {level!r}: levels are {', '.join(map(str, LEVELS))}")
    if unknown := {*without} - {run.__name__ for run in LEVELS[level]}:
        raise ValueError(f"level {level} has no pass {', '.join(sorted(unknown))}")
    graph, warnings = build(definition)
    if unlinked := unlinkable(graph):
        raise CompileError([*warnings, *unlinked])
    timestamps = {node.name: node.options.timestamp for node in definition.nodes if node.kind.startswith("source.")}
    event_time = {name: timestamp for name, timestamp in timestamps.items() if timestamp is not None}
    optimised, remarks = optimise(graph, level, without)
    program = Program(optimised, warnings, event_time, remarks)
    program.with_tap = lambda node: compile_graph(_tapped(definition, node), level, without)
    return program


def _tapped(definition: GraphDefinition, node: str) -> GraphDefinition:
    """The graph with one more tap."""
    tapped = copy(definition)
    tapped.taps = (*definition.taps, node)
    return tapped


def optimise(graph: Graph, level: int, without: Collection[str] = ()) -> tuple[Graph, list[Remark]]:
    """Run the passes of a level; each must leave a graph that holds together. Also what they have to say."""
    remarks: list[Remark] = []
    for run in (run for run in LEVELS[level] if run.__name__ not in without):
        said = Remarks(run.__name__)
        graph = verify(run(graph, said), run.__name__)
        remarks += said.made
    return graph, remarks
