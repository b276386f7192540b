"""Let the fields of a record be local variables, where only fields are read of it.

Before:
    source.manual readings()
    inline transform celsius(function=lambda data: {**data, "c": data["f"] / 2})
    inline filter warm(function=lambda data: data["c"] > 20)
    sink.log out()
    readings => celsius
    celsius => warm
    warm => out

After:
    source.manual readings()
    inline scalar transform celsius(function=lambda data: {**data, "c": data["f"] / 2})
    inline filter warm(function=lambda data: data["c"] > 20)
    sink.log out()
    readings => celsius
    celsius => warm
    warm => out

Why: building a record of a dozen fields costs more than working out the one that is new. It is built where something
asks for the record itself, here by the sink and only for warm readings. Where the data is none, it is the first read of
a field that fails.

Not done when: what follows is not fused or not inlined, takes the record itself, as `dict(data)` or `data.get` do, or
reads a field that the record can't have; several nodes follow; the function may have effects, makes its record other
than as one display, or reads no field of the record that it extends (it fails where that is none); or it is tapped.
"""

from __future__ import annotations

from dataclasses import replace

from streamflow.ir.graph import Graph, Node
from streamflow.ir.purity import pure
from streamflow.ir.records import fields_needed, record_of
from streamflow.ir.topology import upstream_first


def replace_scalars(graph: Graph) -> Graph:
    """Mark the transforms whose record is not built."""
    for node in reversed(upstream_first(graph)):
        if _is_replaced(graph, node):
            graph = graph.with_nodes([replace(node, scalars=True)])
    return graph


def _is_replaced(graph: Graph, node: Node) -> bool:
    if node.kind != "transform" or not node.inlined or node.function is None or node.name in graph.taps:
        return False
    record = record_of(node.function)
    edges = graph.out(node.name)
    if record is None or len(edges) != 1 or edges[0].when is not None or not edges[0].fused or not pure(node.function):
        return False
    if record.extends and not fields_needed(replace(node, scalars=True)):
        return False
    needed = fields_needed(graph.by_name[edges[0].target])
    return needed is not None and (record.extends or needed <= record.fields.keys())
