"""What a program's state grows with: the packets, keys and ids that its nodes hold."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from streamflow.diagnostics import program_path
from streamflow.ir.aggregation import Aggregation
from streamflow.ir.graph import Graph, Node
from streamflow.ir.remarks import listed

_OF_VALUES = {
    "collect": "is O(packets): it holds a value of every packet",
    "distinct": "holds up to 10,000 values, then a sketch",
    "top_k": "holds up to 10,000 values, then a sketch",
    "quantile": "holds up to 1,000 values, then a sketch",
    "custom": "holds what its `create` and `add` make",
}


@dataclass(frozen=True)
class Holding:
    """What a node holds. `grows` is what its size is in proportion to: keys, packets, ids, values."""

    node: str
    text: str
    grows: str
    file: str
    line: int


def holdings(graph: Graph) -> list[Holding]:
    """Of a graph, in the order of its nodes."""
    found = []
    for node in graph.nodes:
        place = (program_path(node.span.file), node.span.line) if node.span else ("", 0)
        found += [Holding(node.name, text, grows, *place) for text, grows in _of(node)]
    return found


def _of(node: Node) -> Iterator[tuple[str, str]]:
    per = "each key" if node.options.get("key") is not None else "the graph"
    if node.family == "aggregate":
        yield from _of_aggregate(node)
    elif node.family == "join":
        yield "holds the packets of both sides until no partner can come", "packets"
    elif node.kind == "filter.dedupe":
        yield "holds an id for each packet of the last span, 1,000,000 at most", "ids"
    elif node.kind == "transform.stateful_map":
        ends = "until its `ttl`" if node.options.get("ttl") else "for ever: it has no `ttl`"
        yield f"holds a state for each key, {ends}", "keys"
    elif node.kind == "filter.rate_limit":
        yield f"holds a bucket for {per}" + (", and what it delays" if node.delays else ""), "keys"
    elif node.is_async:
        yield "holds the packets whose calls are not back", "packets"
    elif node.family == "source" and node.options.get("dedupe_key") is not None:
        yield "holds an id for each packet of `dedupe_within`, 1,000,000 at most", "ids"


def _of_aggregate(node: Node) -> Iterator[tuple[str, str]]:
    where = "each key and open window" if node.options.get("key") is not None else "each open window"
    if node.kind in ("aggregate.global", "aggregate.count", "aggregate.rolling"):
        where = "each key" if node.options.get("key") is not None else "the graph"
    aggregations = node.options.get("aggregates") or {}
    if node.function is not None and "accumulators" not in node.options:
        yield f"is O(packets): it holds the packets of {where}", "packets"
        return
    if node.kind == "aggregate.rolling":
        yield f"is O(packets): it holds what it takes of the packets in the span, for {where}", "packets"
        return
    figures = listed(node.options.get("accumulators") or aggregations or ["count"])
    yield f"holds {figures} for {where}", "keys"
    for name, aggregation in aggregations.items():
        if isinstance(aggregation, Aggregation) and aggregation.kind in _OF_VALUES:
            grows = "packets" if aggregation.kind == "collect" else "values"
            yield f"`{name}`: {aggregation.kind} {_OF_VALUES[aggregation.kind]}", grows
