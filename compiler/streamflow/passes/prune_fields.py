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
from streamflow.ir.records import fields_needed, record_of

_Fields = frozenset[str] | None  # None: all of them


def prune_fields(graph: Graph) -> Graph:
    """Note the unread fields of every record that is not built."""
    return graph.with_nodes(_pruned(graph, node) for node in graph.nodes if node.scalars)


def _pruned(graph: Graph, node: Node) -> Node:
    assert node.function is not None
    record, read = record_of(node.function), _read_behind(graph, node)
    if record is None or read is None or graph.out(node.name, "error"):
        return node
    unread = tuple(field for field in record.fields if field not in read)
    kept = [value for field, value in record.fields.items() if field not in unread]
    if not unread or (record.extends and not kept):
        return node
    return replace(node, options={**node.options, "unread": unread})


def _read_behind(graph: Graph, node: Node) -> _Fields:
    """The fields that are read of what leaves a node."""
    (edge,) = graph.out(node.name)
    target = graph.by_name[edge.target]
    needed = fields_needed(target)
    if needed is None or any(graph.out(target.name, port) for port in ("late", "rejected", "error")):
        return None
    if target.kind == "filter":
        if len(graph.out(target.name)) != 1 or target.name in graph.taps or edge.when is not None:
            return None
        behind = _read_behind(graph, target)
        return None if behind is None else needed | behind
    record = record_of(target.function) if target.scalars and target.function is not None else None
    if record is None or not record.extends:
        return needed
    behind = _read_behind(graph, target)
    return None if behind is None else needed | (behind - record.fields.keys())
