"""Leave out the fields of a record that nobody reads.

Before:
    source.manual readings()
    inline scalar transform celsius(function=lambda data: {**data, "c": data["f"] / 2, "k": data["f"] + 273})
    inline filter warm(function=lambda data: data["c"] > 20)
    inline scalar transform n(function=lambda data: {"n": data["c"]})
    inline filter large(function=lambda data: data["n"] > 20)
    sink.log out()
    readings => celsius
    celsius => warm
    warm => n
    n => large
    large => out

After:
    source.manual readings()
    inline scalar transform celsius(function=lambda data: {**data, "c": data["f"] / 2, "k": data["f"] + 273}, unread=("k",))
    inline filter warm(function=lambda data: data["c"] > 20)
    inline scalar transform n(function=lambda data: {"n": data["c"]})
    inline filter large(function=lambda data: data["n"] > 20)
    sink.log out()
    readings => celsius
    celsius => warm
    warm => n
    n => large
    large => out

Why: work whose result nobody reads need not be done.

Not done when: the record is built (see replace_scalars) or asked for as a whole, here or by what is late for a window;
the field may be the only one of which it shows that the data is a record; or an `error` port leads somewhere.
"""  # noqa: E501

from __future__ import annotations

from dataclasses import replace

from streamflow.ir.graph import Graph, Node
from streamflow.ir.records import Record, fields_needed, record_of
from streamflow.ir.remarks import Refusal, Remarks, listed


def prune_fields(graph: Graph, remarks: Remarks) -> Graph:
    """Note the unread fields of every record that is not built."""
    return graph.with_nodes(_pruned(graph, node, remarks) for node in graph.nodes if node.scalars)


def _pruned(graph: Graph, node: Node, remarks: Remarks) -> Node:
    assert node.function is not None
    record, read = record_of(node.function), _read_behind(graph, node)
    assert record is not None
    refusal = read if isinstance(read, Refusal) else _refusal(graph, node, record, read)
    if refusal is not None:
        remarks.missed(node, f"works out {listed(record.fields)}", refusal)
        return node
    unread = tuple(field for field in record.fields if field not in read)
    if not unread:
        return node
    remarks.applied(node, f"leaves out {listed(unread)}, which nobody reads")
    return replace(node, options={**node.options, "unread": unread})


def _refusal(graph: Graph, node: Node, record: Record, read: frozenset[str]) -> Refusal | None:
    if graph.out(node.name, "error"):
        return Refusal("its failures go on by `error`")
    if node.strategy != "continue":
        return Refusal(f"its error strategy is `{node.strategy}`")
    if record.extends and not read & record.fields.keys():
        return Refusal("the data must be a record, which the fields show")
    return None


def _read_behind(graph: Graph, node: Node) -> frozenset[str] | Refusal:
    """The fields that are read of what leaves a node."""
    (edge,) = graph.out(node.name)
    target = graph.by_name[edge.target]
    if edge.when is not None:
        return Refusal(f"the edge to `{target.name}` has a condition")
    needed = fields_needed(target)
    if needed is None:
        return Refusal(f"`{target.name}` takes the record itself")
    for port in ("late", "rejected", "error"):
        if graph.out(target.name, port):
            return Refusal(f"what leaves `{target.name}` by `{port}` is the record")
    if target.strategy != "continue":
        return Refusal(f"`{target.name}` has the error strategy `{target.strategy}`")
    if target.kind == "filter":
        if len(graph.out(target.name)) != 1:
            return Refusal(f"several nodes follow `{target.name}`")
        if target.name in graph.taps:
            return Refusal(f"`{target.name}` is tapped")
        behind = _read_behind(graph, target)
        return behind if isinstance(behind, Refusal) else needed | behind
    record = record_of(target.function) if target.scalars and target.function is not None else None
    if record is None or not record.extends:
        return needed
    behind = _read_behind(graph, target)
    return behind if isinstance(behind, Refusal) else needed | (behind - record.fields.keys())
