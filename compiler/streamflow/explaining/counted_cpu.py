"""CPU that is counted, not measured: so many nanoseconds for what each kind of node does for a packet.

The figures are those of the workloads of docs/performance.md, on CPython; they may be wrong by a factor of three, and
know nothing of what the user's functions do beyond being called.
"""

from __future__ import annotations

from collections.abc import Mapping

from streamflow.ir.graph import Graph, Node

_SOURCE = 50
_INLINED = 30
_CALLED = 150
_FIGURES = 60
_PACKET = 600  # an object of it, and a place in what a window keeps, or in what a sink gets
_STATE = 500


def counted_cpu(graph: Graph, arriving: Mapping[str, int]) -> float:
    """Seconds for all packets that come to nodes."""
    return sum(arriving[node.name] * _nanoseconds(node) for node in graph.nodes) / 1e9


def _nanoseconds(node: Node) -> int:
    if node.family == "source":
        return _SOURCE
    if node.family == "sink":
        return _PACKET
    if node.family == "aggregate" and ("accumulators" in node.options or "figures" in node.options):
        return _FIGURES * (1 + len(node.options.get("accumulators") or node.options["aggregates"]))
    if node.is_stage:
        return _PACKET + _STATE
    own = _STATE if node.keeps_state else 0
    return own + (_INLINED if node.inlined or not node.functions else _CALLED)
