"""Questions about the shape of a graph, answered by networkx."""

from __future__ import annotations

from collections.abc import Collection

import networkx

from streamflow.ir.graph import Graph, Node
from streamflow.ir.recovery import keeps_failed


def upstream_first(graph: Graph) -> list[Node]:
    """Nodes so that each comes after those that feed it; ties in the order of `nodes=`."""
    place = {node.name: index for index, node in enumerate(graph.nodes)}
    order = networkx.lexicographical_topological_sort(digraph(graph), key=lambda name: place[name])
    return [graph.by_name[name] for name in order]


def nearest_clocks(graph: Graph, name: str, others: Collection[str] = ()) -> list[Node]:
    """The nodes with a watermark, and of `others`, that feed a node without another one between, as in `nodes=`.

    These are sources, stages, and nodes at which packets wait to be tried again.
    """
    found: set[str] = set()
    seen: set[str] = set()
    to_visit = [edge.origin for edge in graph.into(name)]
    while to_visit:
        origin = to_visit.pop()
        if origin in seen:
            continue
        seen.add(origin)
        node = graph.by_name[origin]
        if node.family == "source" or node.is_stage or origin in others or keeps_failed(graph, node):
            found.add(origin)
        else:
            to_visit += [edge.origin for edge in graph.into(origin)]
    return [node for node in graph.nodes if node.name in found]


def descendants(graph: Graph, name: str) -> set[str]:
    """Names of the nodes that a node has a path to."""
    return set(networkx.descendants(digraph(graph), name))


def reachable(graph: Graph) -> set[str]:
    """Names of the nodes that some source reaches."""
    whole = digraph(graph)
    found: set[str] = set()
    for node in graph.nodes:
        if node.family == "source":
            found |= {node.name, *networkx.descendants(whole, node.name)}
    return found


def digraph(graph: Graph) -> networkx.DiGraph[str]:
    """The graph without its ports."""
    whole: networkx.DiGraph[str] = networkx.DiGraph()
    whole.add_nodes_from(node.name for node in graph.nodes)
    whole.add_edges_from((edge.origin, edge.target) for edge in graph.edges)
    return whole
