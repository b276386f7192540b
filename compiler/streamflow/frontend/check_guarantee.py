"""Checks that every path keeps the guarantee that a graph is to have."""

from __future__ import annotations

from collections.abc import Iterator

from streamflow.diagnostics import Diagnostic
from streamflow.dsl.graph import GraphDefinition
from streamflow.frontend.literals import first_text
from streamflow.ir.graph import Graph, Node
from streamflow.ir.guarantees import AT_MOST, STRENGTH, Path, guarantees
from streamflow.ir.recovery import parks


def check_guarantee(definition: GraphDefinition, graph: Graph) -> Iterator[Diagnostic]:
    """One problem for each node that is the weakest link of a path which can't keep it."""
    wanted = definition.guarantee
    if wanted is None:
        return
    weak: dict[str, Path] = {}
    for path in guarantees(graph):
        if STRENGTH[path.guarantee] < STRENGTH[wanted]:
            weak.setdefault(path.weakest.node, path)
    for node in definition.nodes:
        if node.name in weak:
            path = weak[node.name]
            message = (
                f"the path from `{path.source}` to `{path.sink}` is {path.guarantee}, not {wanted}: "
                f"at `{node.name}`, {path.weakest.reason}"
            )
            help = _help(graph, graph.by_name[node.name], path.guarantee)
            yield Diagnostic("SF051", first_text(node.span, node.name), message, help)


def _help(graph: Graph, node: Node, guarantee: str) -> str:
    """What the node, or the graph, can be instead."""
    less = f'or write guarantee="{guarantee}"'
    if node.kind == "sink.database":
        return f"leave `binding` out, and rows are written in the transaction of their batch, {less}"
    if parks(graph, node):
        return f'write buffer={{"overflow": "refuse"}}, which refuses its sources, {less}'
    if node.family == "sink" and guarantee == AT_MOST and node.kind not in ("sink.log", "sink.websocket"):
        return f'write overflow="refuse", which is at least once, {less}'
    if node.family == "sink":
        return f'lead the path to a sink of type "database" or "endpoint", {less}'
    if guarantee != AT_MOST:
        return f"tell what comes again by `dedupe_key`, {less}"
    return f"take events in by a webhook, a queue or an event stream, {less}"
