"""Let a filter run before the transform in front of it, where it reads none of the fields that this sets.

Before:
    source.manual readings()
    transform celsius(function=lambda data: {**data, "c": data["f"] / 2})
    filter charged(function=lambda data: data["battery"] > 30)
    sink.log out()
    readings -> celsius
    celsius -> charged
    charged -> out

After:
    source.manual readings()
    transform celsius(function=lambda data: {**data, "c": data["f"] / 2})
    filter charged(function=lambda data: data["battery"] > 30)
    sink.log out()
    readings -> charged
    charged -> celsius
    celsius -> out

Why: what a filter turns away needs no work before.

Not done when: one of the two may have effects; the filter takes the record itself; an `error` port or the filter's
`rejected` leads somewhere; or something else comes between them, or sees what is between them.
"""

from __future__ import annotations

from dataclasses import replace

from streamflow.ir.graph import Edge, Graph, Node
from streamflow.ir.purity import pure
from streamflow.ir.records import fields_read, record_of


def push_filters_early(graph: Graph) -> Graph:
    """Swap neighbours until none is left to swap."""
    while (pair := next((edge for edge in graph.edges if _may_swap(graph, edge)), None)) is not None:
        graph = replace(graph, edges=tuple(_swapped(edge, pair) for edge in graph.edges))
    return graph


def _may_swap(graph: Graph, edge: Edge) -> bool:
    first, second = graph.by_name[edge.origin], graph.by_name[edge.target]
    if not _is_plain(graph, first, "transform") or not _is_plain(graph, second, "filter"):
        return False
    if edge.when is not None or len(graph.out(first.name)) > 1 or len(graph.into(second.name)) > 1:
        return False
    if graph.out(second.name, "rejected"):
        return False
    assert first.function is not None and second.function is not None
    record, read = record_of(first.function), fields_read(second.function)
    return record is not None and record.extends and read is not None and not read & record.fields.keys()


def _is_plain(graph: Graph, node: Node, kind: str) -> bool:
    """Whether a node of this kind does nothing but give a value, or fail in a way that nobody asks about."""
    if node.kind != kind or node.name in graph.taps or graph.out(node.name, "error"):
        return False
    return node.function is not None and pure(node.function)


def _swapped(edge: Edge, pair: Edge) -> Edge:
    """Where an edge leads, or comes from, when the two ends of `pair` have changed places."""
    if edge is pair:
        return replace(edge, origin=pair.target, target=pair.origin)
    if edge.target == pair.origin:
        return replace(edge, target=pair.target)
    if edge.origin == pair.target:
        return replace(edge, origin=pair.origin)
    return edge
