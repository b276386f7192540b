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

Not done when: the node is a source or a sink, is tapped, keeps state, has a wired output, counts what it drops, takes
what leaves a join by `unmatched` (that it does so holds the join's watermark), or runs a function that is not known to
be pure.
"""

from __future__ import annotations

from dataclasses import replace

from streamflow.ir.graph import Graph, Node
from streamflow.ir.purity import pure
from streamflow.ir.topology import reachable

_PLAIN = ("transform", "transform.flat_map", "filter")
"""Kinds that do nothing but put out what their function makes of a packet; others have effects, or count drops."""


def drop_dead_nodes(graph: Graph) -> Graph:
    """Take away dead nodes until none is left."""
    while dead := {node.name for node in graph.nodes if _is_dead(graph, node)}:
        graph = replace(
            graph,
            nodes=tuple(node for node in graph.nodes if node.name not in dead),
            edges=tuple(edge for edge in graph.edges if not {edge.origin, edge.target} & dead),
        )
    return graph


def _is_dead(graph: Graph, node: Node) -> bool:
    if node.family not in ("transform", "filter") or node.keeps_state or node.name in graph.taps:
        return False
    if node.name not in reachable(graph):
        return True
    if node.kind not in _PLAIN:
        return False
    if any(edge.origin == node.name for edge in graph.edges):
        return False
    if any(edge.port == "unmatched" for edge in graph.into(node.name)):
        return False
    conditions = [edge.when for edge in graph.into(node.name) if edge.when is not None]
    return all(pure(function) for function in (*node.functions, *conditions))
