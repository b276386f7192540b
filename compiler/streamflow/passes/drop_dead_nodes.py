"""Drop nodes whose output nobody reads and that do nothing else, and nodes that no source reaches.

Before:
    source.manual readings()
    transform unread(function=lambda data: {"n": data["n"]})
    sink.log out()
    readings -> unread
    readings -> out

After:
    source.manual readings()
    sink.log out()
    readings -> out

Why: work whose result nobody reads need not be done.

Not done when: the node is a source or a sink, is tapped, keeps state, has another error strategy than `continue`, has a
wired output, counts what it drops, takes what leaves a join by `unmatched` (that it does so holds the join's
watermark), or runs a function that is not known to be pure.
"""

from __future__ import annotations

from dataclasses import replace

from streamflow.ir.graph import Graph, Node
from streamflow.ir.purity import impurity
from streamflow.ir.remarks import Refusal, Remarks
from streamflow.ir.topology import reachable

_PLAIN = ("transform", "transform.flat_map", "filter")
"""Kinds that do nothing but put out what their function makes of a packet; others have effects, or count drops."""


def drop_dead_nodes(graph: Graph, remarks: Remarks) -> Graph:
    """Take away dead nodes until none is left."""
    while dead := {node.name for node in _unread(graph) if _refusal(graph, node) is None}:
        for node in graph.nodes:
            if node.name in dead:
                remarks.applied(node, f"is dropped: {_why_dead(graph, node)}")
        graph = replace(
            graph,
            nodes=tuple(node for node in graph.nodes if node.name not in dead),
            edges=tuple(edge for edge in graph.edges if not {edge.origin, edge.target} & dead),
        )
    for node in _unread(graph):
        refusal = _refusal(graph, node)
        assert refusal is not None
        remarks.missed(node, f"stays, though {_why_dead(graph, node)},", refusal)
    return graph


def _unread(graph: Graph) -> list[Node]:
    """Nodes on the way that lead nowhere, or that nothing reaches."""
    reached, read = reachable(graph), {edge.origin for edge in graph.edges}
    return [
        node
        for node in graph.nodes
        if node.family in ("transform", "filter") and (node.name not in reached or node.name not in read)
    ]


def _why_dead(graph: Graph, node: Node) -> str:
    return "nobody reads what it puts out" if node.name in reachable(graph) else "no source reaches it"


def _refusal(graph: Graph, node: Node) -> Refusal | None:
    if node.keeps_state:
        return Refusal("it keeps state")
    if node.name in graph.taps:
        return Refusal("it is tapped")
    if node.name not in reachable(graph):
        return None
    if node.kind not in _PLAIN:
        return Refusal("it may have effects, or counts what it drops")
    if node.strategy != "continue":
        return Refusal(f"its error strategy is `{node.strategy}`")
    if any(edge.port == "unmatched" for edge in graph.into(node.name)):
        return Refusal("what leaves a join by `unmatched` is waited for")
    conditions = [edge.when for edge in graph.into(node.name) if edge.when is not None]
    return next(filter(None, (impurity(function) for function in (*node.functions, *conditions))), None)
