"""Which windows have their figures in local variables of the loop that feeds them: nobody else may look at them."""

from __future__ import annotations

from streamflow.ir.graph import Edge, Graph, Node

_DEEPEST = 6  # branches within branches
_ASIDE = ("error", "late", "invalid")  # ports by which a packet leaves the loop
_REPEATING = ("allowed_lateness", "early")
_READS_TIMES = ("dedupe_key", "idle_timeout", "max_ahead", "schema", "key")


def local_windows(graph: Graph, source: Node) -> tuple[Node, ...]:
    """The windows right behind a source, if all of its packets end in such ones; none otherwise.

    What runs before them may neither wait, nor ask for packet objects, nor look at the watermark.
    """
    if any(source.options.get(option) is not None for option in _READS_TIMES):
        return ()
    timestamp = source.options.get("timestamp")
    if timestamp is not None and not isinstance(timestamp, str):
        return ()
    found = _behind(graph, source, 0)
    if found is None or (timestamp is not None and not all(_tumbles_by_sums(node) for node in found)):
        return ()
    return tuple(found)


def is_local(graph: Graph, node: Node) -> bool:
    """Whether a window is one of those."""
    head = node
    while into := graph.into(head.name):
        if len(into) > 1:
            return False
        head = graph.by_name[into[0].origin]
    return head.family == "source" and node in local_windows(graph, head)


def straight_way(graph: Graph, source: Node) -> tuple[str, ...]:
    """Nodes and conditional edges on the way from a source to its window, if no packet can go another; else nothing."""
    way: list[str] = []
    node = source
    while True:
        ways = [edge for edge in graph.edges if edge.origin == node.name and edge.port not in _ASIDE]
        if [edge.port for edge in ways] != ["out"]:
            return ()
        way += [edge.label for edge in ways if edge.when is not None]
        node = graph.by_name[ways[0].target]
        if _is_window(node):
            return tuple(way)
        way.append(node.name)


def _behind(graph: Graph, node: Node, depth: int) -> list[Node] | None:
    """The windows behind a node; None where something else is there, too."""
    edges = [edge for edge in graph.edges if edge.origin == node.name and edge.port not in _ASIDE]
    depth += len(edges) > 1 or depth > 0
    if node.name in graph.taps or depth > _DEEPEST or any(function.wants_packet for function in node.functions):
        return None
    found: list[Node] = []
    for edge in edges:
        target = graph.by_name[edge.target]
        if not edge.fused or _wants_packet(edge):
            return None
        if _is_window(target):
            found.append(target)
        elif target.kind in ("transform", "filter") and not target.keeps_state and target.operator is None:
            behind = _behind(graph, target, depth)
            if behind is None:
                return None
            found += behind
        else:
            return None
    return found


def _wants_packet(edge: Edge) -> bool:
    return edge.when is not None and edge.when.wants_packet


def _is_window(node: Node) -> bool:
    options = node.options
    if "accumulators" not in options or options.get("key") is not None or any(map(options.get, _REPEATING)):
        return False
    if node.kind == "aggregate.count":
        return options.get("slide") in (None, options["size"])
    return node.kind == "aggregate.time" and not options.get("slide")


def _tumbles_by_sums(node: Node) -> bool:
    return node.kind == "aggregate.time" and all(each.kind == "sum" for each in node.options["accumulators"].values())
