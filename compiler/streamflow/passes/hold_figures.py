"""Let a window of `aggregates=` hold plain figures in place of accumulators.

Before:
    source.manual sales()
    aggregate.time hourly(duration=3600000, key="shop", aggregates={"total": agg.sum("n"), "sales": agg.count()})
    sink.log out()
    sales -> hourly
    hourly -> out

After:
    source.manual sales()
    aggregate.time hourly(duration=3600000, key="shop", aggregates={"total": agg.sum("n"), "sales": agg.count()}, figures=True)
    sink.log out()
    sales -> hourly
    hourly -> out

Why: generated code adds to a figure where an accumulator would have to be called. Windows that slide share panes, each
with figures of its own, so that a packet is added once and not to every window that it lies in.

Not done when: an entry is other than `agg.sum`, `count`, `min`, `max`, `mean`, `window_start` or `window_end`; the window
is not one of time, or sends results before or after its end; or it slides by what doesn't divide its duration, or asks
for the smallest or largest of values that need not be numbers.
"""  # noqa: E501

from __future__ import annotations

from dataclasses import replace

from streamflow.ir.aggregation import Aggregation
from streamflow.ir.graph import Graph, Node
from streamflow.ir.remarks import Refusal, Remarks

_PLAIN = frozenset(("sum", "count", "min", "max", "mean", "window_start", "window_end"))


def hold_figures(graph: Graph, remarks: Remarks) -> Graph:
    """Mark the aggregates whose windows hold figures."""
    aggregates = (node for node in graph.nodes if node.options.get("aggregates") and node.operator is None)
    return graph.with_nodes(_held(node, remarks) for node in aggregates)


def _held(node: Node, remarks: Remarks) -> Node:
    refusal = _refusal(node)
    if refusal is not None:
        remarks.missed(node, "holds accumulators", refusal)
        return node
    panes = "; its windows share panes" if node.options.get("slide") else ""
    remarks.applied(node, f"holds plain figures in place of accumulators{panes}")
    return replace(node, options={**node.options, "figures": True})


def _refusal(node: Node) -> Refusal | None:
    entries: dict[str, Aggregation] = node.options["aggregates"]
    if node.kind != "aggregate.time":
        return Refusal("its window is not one of time")
    for option in ("allowed_lateness", "early"):
        if node.options.get(option):
            return Refusal(f"by `{option}` a window may have several results")
    for entry, each in entries.items():
        if each.kind not in _PLAIN:
            return Refusal(f"`{entry}` is `agg.{each.kind}`, which is more than a number")
    if not node.options.get("slide"):
        return None
    if node.options["slide"] == node.options["duration"]:
        return Refusal("`slide` is all of `duration`: such windows don't need it")
    if node.options["duration"] % node.options["slide"]:
        return Refusal("its windows share no panes: `slide` does not divide `duration`")
    numbers = [each.value for each in entries.values() if each.kind in ("sum", "mean")]
    for entry, each in entries.items():
        if each.kind in ("min", "max") and not (isinstance(each.value, str) and each.value in numbers):
            return Refusal(f"`{entry}` is of values that need not be numbers, as those of `agg.sum` must be")
    return None
