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

Not done when: several edges lead to the node (it would be emitted several times), or it is a tap, which packets enter
from outside.
"""

from __future__ import annotations

from dataclasses import replace

from streamflow.ir.graph import Graph
from streamflow.ir.remarks import Refusal, Remarks, listed


def fuse_chains(graph: Graph, remarks: Remarks) -> Graph:
    """Mark every edge as fused whose target has no other input."""
    edges = []
    for edge in graph.edges:
        target, refusal = graph.by_name[edge.target], _refusal(graph, edge.target)
        if refusal is None:
            remarks.applied(target, f"runs inside the code of `{edge.origin}`")
        else:
            remarks.missed(target, "is a method of its own", refusal)
        edges.append(edge if refusal else replace(edge, fused=True))
    return replace(graph, edges=tuple(edges))


def _refusal(graph: Graph, target: str) -> Refusal | None:
    origins = [edge.origin for edge in graph.into(target)]
    if len(origins) > 1:
        return Refusal(f"{len(origins)} edges lead to it, from {listed(origins)}")
    if target in graph.taps:
        return Refusal("it is tapped")
    return None
