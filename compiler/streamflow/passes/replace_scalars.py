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

A function that sets fields of its data and returns it, which would get a copy to change, makes such a record, too.

Not done when: what follows is not fused or not inlined, takes the record itself, as `dict(data)` or `data.get` do, or
reads a field that the record can't have; several nodes follow; the function may have effects, makes its record other
than as one display, or reads no field of the record that it extends (it fails where that is none); or it is tapped.
"""

from __future__ import annotations

from dataclasses import replace

from streamflow.ir.graph import Graph, Node
from streamflow.ir.purity import impurity
from streamflow.ir.records import Record, as_record, fields_needed, record_of
from streamflow.ir.remarks import Refusal, Remarks, listed, refused
from streamflow.ir.topology import upstream_first


def replace_scalars(graph: Graph, remarks: Remarks) -> Graph:
    """Mark the transforms whose record is not built."""
    for node in reversed(upstream_first(graph)):
        if node.kind != "transform" or node.function is None:
            continue
        instead = "builds a record for each packet"
        changing = as_record(node.function)
        if changing is not None:
            node = replace(node, options={**node.options, "function": changing}, inlined=True)
            instead = "gets a copy of each packet's data, which it changes,"
        assert node.function is not None
        record = record_of(node.function)
        if record is None:
            continue
        refusal = _refusal(graph, node, record)
        if refusal is None:
            graph = graph.with_nodes([replace(node, scalars=True)])
            remarks.applied(node, f"keeps {listed(record.fields)} in local variables")
        else:
            remarks.missed(node, instead, refusal)
    return graph


def _refusal(graph: Graph, node: Node, record: Record) -> Refusal | None:
    assert node.function is not None
    if not node.inlined:
        return refused("its function is called", node.function)
    if node.name in graph.taps:
        return Refusal("it is tapped")
    edges = graph.out(node.name)
    if len(edges) != 1:
        return Refusal(f"{len(edges)} nodes follow: {listed(edge.target for edge in edges)}")
    if edges[0].when is not None:
        return refused("the edge behind it has a condition", edges[0].when)
    if not edges[0].fused:
        return Refusal(f"`{edges[0].target}` is a method of its own")
    if effect := impurity(node.function):
        return effect
    if record.extends and not fields_needed(replace(node, scalars=True)):
        return refused("it reads no field, and fails where the data is no record", node.function)
    reader = graph.by_name[edges[0].target]
    needed = fields_needed(reader)
    if needed is None:
        return Refusal(f"`{reader.name}` takes the record itself", *_place(reader))
    if not record.extends and not needed <= record.fields.keys():
        missing = listed(sorted(needed - record.fields.keys()))
        return Refusal(f"`{reader.name}` reads {missing}, which the record doesn't have", *_place(reader))
    return None


def _place(node: Node) -> tuple[str | None, int | None]:
    if node.function is not None:
        return node.function.file, node.function.line
    return (node.span.file, node.span.line) if node.span else (None, None)
