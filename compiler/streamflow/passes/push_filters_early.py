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
from streamflow.ir.purity import impurity
from streamflow.ir.records import fields_read, record_of
from streamflow.ir.remarks import Refusal, Remarks, listed, refused


def push_filters_early(graph: Graph, remarks: Remarks) -> Graph:
    """Swap neighbours until none is left to swap."""
    while (pair := next((edge for edge in _pairs(graph) if _refusal(graph, edge) is None), None)) is not None:
        remarks.applied(graph.by_name[pair.target], f"runs before `{pair.origin}`")
        graph = replace(graph, edges=tuple(_swapped(edge, pair) for edge in graph.edges))
    for edge in _pairs(graph):
        refusal = _refusal(graph, edge)
        assert refusal is not None
        remarks.missed(graph.by_name[edge.target], f"runs behind `{edge.origin}`", refusal)
    return graph


def _pairs(graph: Graph) -> list[Edge]:
    """Edges from a transform to a filter."""
    kinds = {node.name: node.kind for node in graph.nodes}
    return [edge for edge in graph.edges if (kinds[edge.origin], kinds[edge.target]) == ("transform", "filter")]


def _refusal(graph: Graph, edge: Edge) -> Refusal | None:
    """Why the two ends of an edge can't change places."""
    first, second = graph.by_name[edge.origin], graph.by_name[edge.target]
    assert first.function is not None and second.function is not None
    if edge.when is not None:
        return Refusal("the edge between them has a condition")
    if len(graph.out(first.name)) > 1:
        return Refusal(f"`{first.name}` leads elsewhere too")
    if len(graph.into(second.name)) > 1:
        return Refusal("other edges lead to it too")
    if graph.out(second.name, "rejected"):
        return Refusal("what it turns away goes on by `rejected`")
    record, read = record_of(first.function), fields_read(second.function)
    if record is None or not record.extends:
        return refused(f"`{first.name}` gives something other than the record it got with more fields", first.function)
    if read is None:
        return refused("it takes the record itself, or fields that only running it tells", second.function)
    if read & record.fields.keys():
        return refused(f"it reads {listed(sorted(read & record.fields.keys()))}, which that sets", second.function)
    return _of_either(graph, first) or _of_either(graph, second)


def _of_either(graph: Graph, node: Node) -> Refusal | None:
    """What a node does beside giving a value, or failing in a way that nobody asks about."""
    assert node.function is not None
    if node.name in graph.taps:
        return Refusal(f"`{node.name}` is tapped")
    if graph.out(node.name, "error"):
        return Refusal(f"failures of `{node.name}` go on by `error`")
    if node.strategy != "continue":
        return Refusal(f"the error strategy of `{node.name}` is `{node.strategy}`")
    return impurity(node.function)


def _swapped(edge: Edge, pair: Edge) -> Edge:
    """Where an edge leads, or comes from, when the two ends of `pair` have changed places."""
    if edge is pair:
        return replace(edge, origin=pair.target, target=pair.origin)
    if edge.target == pair.origin:
        return replace(edge, target=pair.target)
    if edge.origin == pair.target:
        return replace(edge, origin=pair.origin)
    return edge
