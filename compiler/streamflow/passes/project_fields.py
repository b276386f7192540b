"""Let a source's decoder make only those fields that the graph reads of a record.

Before:
    source.manual readings(timestamp="at", decoder="msgspec")
    inline scalar transform celsius(function=lambda data: {**data, "c": data["f"] / 2})
    inline filter warm(function=lambda data: data["c"] > 20)
    inline aggregate.count two(size=2, function=lambda packets: {"n": sum(p.data["f"] for p in packets)}, accumulators={"n": sum(lambda data: data["f"])}, result=lambda packets: {"n": packets.n})
    sink.log out()
    readings => celsius
    celsius => warm
    warm => two
    two -> out

After:
    source.manual readings(timestamp="at", decoder="msgspec", reads=("at", "f"))
    inline scalar transform celsius(function=lambda data: {**data, "c": data["f"] / 2})
    inline filter warm(function=lambda data: data["c"] > 20)
    inline aggregate.count two(size=2, function=lambda packets: {"n": sum(p.data["f"] for p in packets)}, accumulators={"n": sum(lambda data: data["f"])}, result=lambda packets: {"n": packets.n})
    sink.log out()
    readings => celsius
    celsius => warm
    warm => two
    two -> out

Why: decoding costs more than anything else that is done to a record, and most of it goes into fields that nobody reads.
Where a record is asked for after all, because it is late, invalid, or something fails on it, its batch is decoded again
as a whole.

Not done when: the decoder is the standard one; a record reaches a sink, a tap or a node that keeps it, or takes it
itself, as `dict(data)` or `data.get` do, or may change it; a node on the way is not fused, not inlined or has a conditional edge before
it; or the source has a `schema`, a `key` or a `dedupe_key`.
"""  # noqa: E501

from __future__ import annotations

from dataclasses import replace

from streamflow.ir.function import Function
from streamflow.ir.graph import Graph, Node
from streamflow.ir.records import fields_needed, picked_fields, record_of
from streamflow.ir.remarks import Refusal, Remarks, listed

_Fields = frozenset[str] | Refusal


def project_fields(graph: Graph, remarks: Remarks) -> Graph:
    """Note of every source with a decoder that can skip fields which of them are read."""
    return graph.with_nodes(_projected(graph, node, remarks) for node in graph.nodes if node.options.get("decoder"))


def _projected(graph: Graph, node: Node, remarks: Remarks) -> Node:
    read = _all(_of_source(graph, node), _behind(graph, node))
    if isinstance(read, Refusal):
        remarks.missed(node, "decodes whole records", read)
        return node
    reads = tuple(sorted(read))
    remarks.applied(node, f"decodes {listed(reads)} of a record" if reads else "decodes no field of a record")
    return replace(node, options={**node.options, "reads": reads})


def _of_source(graph: Graph, node: Node) -> _Fields:
    """What the source itself reads of a record."""
    if node.name in graph.taps:
        return Refusal("it is tapped")
    for option in ("schema", "key", "dedupe_key"):
        if node.options.get(option):
            return Refusal(f"its `{option}` takes the record itself")
    timestamp: str | Function | None = node.options.get("timestamp")
    read = frozenset() if timestamp is None else picked_fields(timestamp)
    return Refusal("its `timestamp` takes the record itself") if read is None else read


def _behind(graph: Graph, node: Node, port: str = "out") -> _Fields:
    """The fields that are read of what leaves by a port."""
    found: _Fields = frozenset()
    for edge in graph.out(node.name, port):
        target = graph.by_name[edge.target]
        needed = fields_needed(target)
        if edge.when is not None:
            return Refusal(f"the edge to `{target.name}` has a condition")
        if not edge.fused:
            return Refusal(f"`{target.name}` runs by itself")
        if needed is None:
            return Refusal(f"`{target.name}` takes the record itself")
        if any(function.may_mutate(0) for function in target.functions):
            return Refusal(f"`{target.name}` may change the record")
        found = _all(found, needed, _further(graph, target))
    return found


def _further(graph: Graph, node: Node) -> _Fields:
    """What is read of a record behind the node that it has come to."""
    if node.kind == "filter":
        if node.name in graph.taps:
            return Refusal(f"`{node.name}` is tapped")
        return _all(_behind(graph, node), _behind(graph, node, "rejected"))
    record = record_of(node.function) if node.scalars and node.function is not None else None
    if record is None or not record.extends:
        return frozenset()  # here it ends, or becomes something else
    behind = _behind(graph, node)
    return behind if isinstance(behind, Refusal) else behind - record.fields.keys()


def _all(*parts: _Fields) -> _Fields:
    """The fields of all parts, or why they are not known."""
    found: frozenset[str] = frozenset()
    for part in parts:
        if isinstance(part, Refusal):
            return part
        found |= part
    return found
