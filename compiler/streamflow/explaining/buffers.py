"""Buffers: where packets wait, how many may, and what happens when there is no more room."""

from __future__ import annotations

from dataclasses import dataclass

from streamflow.dsl.bounds import Buffer as Bounds
from streamflow.ir.graph import Graph
from streamflow.ir.guarantees import drops, waits
from streamflow.ir.recovery import parks
from streamflow.ir.topology import descendants


@dataclass(frozen=True)
class Buffer:
    """At `node` up to `packets` or `bytes` wait. When they do, it refuses the sources in `refuses`, or drops."""

    node: str
    packets: int
    bytes: int
    refuses: list[str]
    refuses_all: bool
    drops: str | None
    sends: bool
    """Whether it is a sink that sends: such a one may be told to drop, or to give up soon."""


def buffers(graph: Graph) -> list[Buffer]:
    """Of a graph, in the order of its nodes."""
    sources = [node.name for node in graph.nodes if node.family == "source"]
    reached = {source: {source, *descendants(graph, source)} for source in sources}
    bounds = Bounds(**graph.buffer)
    found = []
    for node in graph.nodes:
        if parks(graph, node) or (node.family == "sink" and waits(node)):
            dropping = drops(graph, node)
            refused = [source for source in sources if node.name in reached[source]] if dropping is None else []
            every = bool(refused) and refused == sources
            found.append(
                Buffer(node.name, bounds.packets, bounds.bytes, refused, every, dropping, node.family == "sink")
            )
    return found
