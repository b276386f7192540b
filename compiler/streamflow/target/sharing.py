"""Which values two readers may hold at once: only those are copied before somebody may change them."""

from __future__ import annotations

from streamflow.ir.graph import Edge, Graph, Node
from streamflow.ir.topology import upstream_first

_GIVES_RESULT = frozenset(("transform", "aggregate"))
"""Families of kinds that put out what their function has returned, once, and keep nothing of it."""


class Sharing:
    """Answers for one graph, worked out upstream first."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self._arrives: dict[str, bool] = {}
        for node in upstream_first(graph):
            self._arrives[node.name] = any(self.leaves_shared(edge.origin, edge.port) for edge in graph.into(node.name))

    def arrives_shared(self, name: str) -> bool:
        """Whether the data that comes to a node may be held by somebody else too."""
        return self._arrives[name]

    def leaves_shared(self, name: str, port: str) -> bool:
        """Whether the data that leaves a port may be held by somebody beside the one that it goes to."""
        return self._readers(name, port) > 1 or self._keeps(self.graph.by_name[name], port)

    def _readers(self, name: str, port: str) -> int:
        return len(self.graph.out(name, port))

    def _keeps(self, node: Node, port: str) -> bool:
        """Whether what leaves is, or holds, what came in, and that was shared; or is held by the program itself."""
        function = node.function
        if node.family == "join":
            return self._join_keeps(node, port)
        if port == "error" and self._conditions_fail_beside_others(node.name):
            return True
        if node.family == "source":
            return node.kind == "source.timer" and function is not None and function.may_alias_constant
        if port != "out" or node.family == "filter":
            return self.arrives_shared(node.name)
        if node.kind == "transform.convert":
            return False  # texts, or values that were just decoded
        if node.looks_up:
            return self.arrives_shared(node.name)
        if node.family not in _GIVES_RESULT or node.kind.startswith("transform."):
            return True  # values may be one and the same, hold parts of each other, or stay with the node
        if function is None:  # the values of `aggregates=` are their own
            return False
        if function.may_alias_constant:
            return True
        if node.is_async or (node.kind == "transform" and function.gets_copy()):
            return False
        return function.may_alias_argument and self.arrives_shared(node.name)

    def _join_keeps(self, node: Node, port: str) -> bool:
        """A pair, and what failed with it, hold packets that may still wait for others."""
        function = node.function
        if port == "error" or function is None:
            return True
        if port == "out":
            return function.may_alias_argument or function.may_alias_constant
        return self.arrives_shared(node.name)

    def _conditions_fail_beside_others(self, name: str) -> bool:
        """Whether a condition may fail on a value that other edges hold too: it goes to the node's `error`."""
        edges = [edge for edge in self.graph.edges if edge.origin == name]
        return any(edge.when is not None and self._readers(name, edge.port) > 1 for edge in edges)


def rebinds(graph: Graph, edge: Edge) -> bool:
    """Whether code fused behind an edge gives the branch another value."""
    pending = [edge]
    while pending:
        edge = pending.pop()
        target = graph.by_name[edge.target]
        if not edge.fused:
            continue
        if target.family == "transform" and not target.is_stage:
            return True
        if target.kind == "transform.flat_map":
            continue
        for port in (port for port in target.ports if port != "error" and not target.is_stage):
            edges = graph.out(target.name, port)
            pending += edges if len(edges) == 1 else ()
    return False
