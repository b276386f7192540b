"""Where packets wait to be tried again, at nodes with the strategy `retry` or `stop`.

A place is an input of a node (`total.in`, `pairs.left`), what a source does before its packets go on (`orders.key`), a
timer's function (`clock.tick`), or an edge with a condition (`total -> out`). A packet that waits enters there again.
In a graph with the strategy `stop`, all that is to come after a packet that failed lines up as well, each at its place.
"""

from __future__ import annotations

from streamflow.ir.graph import Edge, Graph, Node


def retries_entries(node: Node) -> bool:
    """Whether packets wait in front of a node."""
    return node.strategy == "retry" and _may_fail(node)


def retries_edges(graph: Graph, node: Node) -> bool:
    """Whether packets wait behind a node, at its edges with conditions."""
    return bool(exits(graph, node))


def keeps_failed(graph: Graph, node: Node) -> bool:
    """Whether packets wait at a node, in front of it or behind."""
    return retries_entries(node) or retries_edges(graph, node)


def parks(graph: Graph, node: Node) -> bool:
    """Whether packets wait at a node for what comes from outside, for the clock, or to be tried again."""
    return node.is_async or node.delays or keeps_failed(graph, node)


def stops(graph: Graph) -> bool:
    """Whether a failing packet may stop the graph."""
    return any(node.strategy == "stop" for node in graph.nodes)


def stopping_places(graph: Graph) -> list[str]:
    """The places where a packet that fails stops the graph."""
    found: list[str] = []
    for node in graph.nodes:
        if node.strategy == "stop":
            found += _entries(node) if _may_fail(node) else []
            found += _exits(graph, node)
    return found


def entries(node: Node) -> list[str]:
    """The places in front of a node at which packets wait for another try."""
    return _entries(node) if retries_entries(node) else []


def _entries(node: Node) -> list[str]:
    if node.family == "source":
        ticking = node.kind == "source.timer" and node.function is not None
        keyed = node.options.get("key") is not None
        return [f"{node.name}.tick"] * ticking + [f"{node.name}.key"] * keyed
    return [f"{node.name}.{into}" for into in (("left", "right") if node.family == "join" else ("in",))]


def exits(graph: Graph, node: Node) -> list[str]:
    """The places behind a node at which packets wait for another try."""
    return _exits(graph, node) if node.strategy == "retry" else []


def _exits(graph: Graph, node: Node) -> list[str]:
    return [edge.label for edge in graph.edges if edge.origin == node.name and edge.when is not None]


def waits_at(graph: Graph, edge: Edge) -> bool:
    """Whether an edge has a place of its own, where packets wait for its condition."""
    return edge.when is not None and (retries_edges(graph, graph.by_name[edge.origin]) or stops(graph))


def lines_up(graph: Graph, edge: Edge) -> bool:
    """Whether a packet may come to an edge when something has just stopped the graph, or may stop it behind that."""
    origin = graph.by_name[edge.origin]
    several = len(graph.out(edge.origin, edge.port)) > 1 or origin.name in graph.taps
    many = origin.family == "source" or origin.is_stage or origin.kind == "transform.flat_map"
    return stops(graph) and (edge.port != "out" or several or many or graph.by_name[edge.target].strategy == "stop")


def _may_fail(node: Node) -> bool:
    """Whether a node can fail with a packet that comes to it; what fails later is a result, not the packet."""
    keyed = node.options.get("key") is not None
    if node.is_async and not node.looks_up:
        return False
    if node.family == "source":
        return keyed or (node.kind == "source.timer" and node.function is not None)
    if node.family == "aggregate" and node.kind != "aggregate.custom":
        return keyed or node.function is None
    if node.family == "join" or node.kind in ("filter.dedupe", "filter.sample", "filter.rate_limit"):
        return keyed
    return node.family != "sink" and node.kind != "filter.validate"
