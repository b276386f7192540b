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


def fuse_chains(graph: Graph) -> Graph:
    """Mark every edge as fused whose target has no other input."""

    def alone(target: str) -> bool:
        return len(graph.into(target)) == 1 and target not in graph.taps

    edges = (replace(edge, fused=True) if alone(edge.target) else edge for edge in graph.edges)
    return replace(graph, edges=tuple(edges))
