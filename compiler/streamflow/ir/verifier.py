"""What holds for every graph, before and after every pass."""

from __future__ import annotations

import networkx

from streamflow.ir.graph import Graph
from streamflow.ir.topology import digraph


class InvalidGraph(AssertionError):
    """A pass broke the graph: a fault of the compiler, not of the program."""


def verify(graph: Graph, after: str = "build") -> Graph:
    """The graph itself. Raises InvalidGraph naming the pass that it comes from."""
    for problem in _problems(graph):
        raise InvalidGraph(f"after {after}: {problem}")
    return graph


def _problems(graph: Graph) -> list[str]:
    names = [node.name for node in graph.nodes]
    found = [f"node {name} stands twice" for name in names if names.count(name) > 1]
    for edge in graph.edges:
        missing = [end for end in (edge.origin, edge.target) if end not in graph.by_name]
        found += [f"{edge.label} leads to the unknown node {name}" for name in missing]
        if not missing:
            origin = graph.by_name[edge.origin]
            if edge.port not in origin.ports:
                found.append(f"{origin.kind} {origin.name} has no port {edge.port}")
            family = graph.by_name[edge.target].family
            if family == "source":
                found.append(f"{edge.label} leads into a source")
            if edge.input not in (("left", "right") if family == "join" else ("in",)):
                found.append(f"{edge.label} leads to the unknown input {edge.input}")
            if edge.fused and len(graph.into(edge.target)) != 1:
                found.append(f"{edge.label} is fused, but other edges lead there too")
    if not found and not networkx.is_directed_acyclic_graph(digraph(graph)):
        found.append("there is a cycle")
    return found
