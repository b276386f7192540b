"""Fuse a node into the code of the only node that feeds it.

Before:
    source.manual readings()
    transform celsius(function=lambda data: data["f"] / 2)
    sink.log out()
    readings -> celsius
    celsius -> out

After:
    source.manual readings()
    transform celsius(function=lambda data: data["f"] / 2)
    sink.log out()
    readings => celsius
    celsius => out

Why: a packet that goes from node to node as local variables of one loop needs no object and no call.

Not done when: several edges lead to the node (it would be emitted several times), it is a tap, which packets enter from
outside, or a packet may have to wait in front of it because of an error strategy.
"""

from __future__ import annotations

from dataclasses import replace

from streamflow.ir.graph import Edge, Graph
from streamflow.ir.recovery import lines_up, retries_entries, waits_at
from streamflow.ir.remarks import Refusal, Remarks, listed


def fuse_chains(graph: Graph, remarks: Remarks) -> Graph:
    """Mark every edge as fused whose target has no other input."""
    edges = []
    for edge in graph.edges:
        target, refusal = graph.by_name[edge.target], _refusal(graph, edge)
        if refusal is None:
            remarks.applied(target, f"runs inside the code of `{edge.origin}`")
        else:
            remarks.missed(target, "is a method of its own", refusal)
        edges.append(edge if refusal else replace(edge, fused=True))
    return replace(graph, edges=tuple(edges))


def _refusal(graph: Graph, edge: Edge) -> Refusal | None:
    origins = [other.origin for other in graph.into(edge.target)]
    if len(origins) > 1:
        return Refusal(f"{len(origins)} edges lead to it, from {listed(origins)}")
    if edge.target in graph.taps:
        return Refusal("it is tapped")
    if retries_entries(graph.by_name[edge.target]):
        return Refusal("packets wait in front of it to be tried again")
    if lines_up(graph, edge):
        return Refusal("packets line up in front of it when an error stops the graph")
    if waits_at(graph, edge):
        return Refusal("packets wait for the condition in front of it to be tried again")
    return None
