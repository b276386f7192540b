"""Let a window hold running figures in place of its packets.

Before:
    source.manual sales()
    aggregate.time hourly(duration=3600000, function=lambda packets: {"total": sum(p.data["n"] for p in packets)})
    sink.log out()
    sales -> hourly
    hourly -> out

After:
    source.manual sales()
    aggregate.time hourly(duration=3600000, function=lambda packets: {"total": sum(p.data["n"] for p in packets)}, accumulators={"total": sum(lambda data: data["n"])}, result=lambda packets: {"total": packets.total})
    sink.log out()
    sales -> hourly
    hourly -> out

Why: keeping a packet costs more than everything else that happens to it, and a window's state stays small.

Windows of every kind hold figures that lose no packet again: sessions that a packet bridges add theirs together, and
windows that slide share panes if that gives the same bits; else a packet is added to each. A figure fails where the
function reads it, by the packet of the earliest event time; `any` and `all` end at the packet that decides.

Not done when: packets are used other than by `len`, `len` of a set, `sum`, `min`, `max`, `any`, `all`, `statistics.mean`
or `fmean` of an expression of `p.data` that has no effects; `any` or `all` are given a list; a list is made before
what else may fail, and read after it; the function has statements other than assignments and a `return`; or the window lets packets
go one by one, as rolling ones do.
"""  # noqa: E501

from __future__ import annotations

from dataclasses import replace

from streamflow.ir.graph import Graph, Node
from streamflow.ir.lifting import NotLifted, lift
from streamflow.ir.panes import shares_panes
from streamflow.ir.remarks import Refusal, Remarks, listed, refused

_ADDING = ("aggregate.time", "aggregate.count", "aggregate.session", "aggregate.custom")


def lift_aggregates(graph: Graph, remarks: Remarks) -> Graph:
    """Lift every aggregate whose function allows it."""
    aggregates = [node for node in graph.nodes if node.family == "aggregate" and node.function is not None]
    return graph.with_nodes(_lifted(node, remarks) for node in aggregates)


def _lifted(node: Node, remarks: Remarks) -> Node:
    refusal = _refusal(node)
    if refusal is None:
        assert node.function is not None
        try:
            accumulators, result = lift(node.function)
        except NotLifted as error:
            refusal = refused(error.reason, node.function, error.at)
        else:
            figures = f"{listed(accumulators)} and a count" if accumulators else "a count"
            node = replace(node, options={**node.options, "accumulators": accumulators, "result": result})
            panes = "; its windows share panes" if shares_panes(node) else ""
            remarks.applied(node, f"holds {figures} in place of its packets{panes}")
            return node
    remarks.missed(node, "keeps its packets", refusal)
    return node


def _refusal(node: Node) -> Refusal | None:
    if node.kind not in _ADDING:
        return Refusal("its window lets packets go one by one")
    if node.kind == "aggregate.count" and node.options.get("slide") not in (None, node.options["size"]):
        return Refusal("by `slide` its window lets packets go one by one")
    return None
