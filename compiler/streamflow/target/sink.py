"""Sinks: the packet waits until it is taken."""

from __future__ import annotations

from streamflow.ir.graph import Node
from streamflow.target.emission import Emission, End
from streamflow.target.flow import Flow


def emit(emission: Emission, node: Node, flow: Flow) -> list[End]:
    """Append the packet to the sink's outputs; a copy where somebody else may hold its data too."""
    emission.put_out(node, emission.identifiers[node.name], flow, emission.sharing.arrives_shared(node.name))
    return []
