"""Which windows that slide share panes: a packet is added to one pane, and a window is made of several."""

from __future__ import annotations

from streamflow.ir.graph import Node


def shares_panes(node: Node) -> bool:
    """Whether the windows of a node that holds figures do: theirs are exactly what those of their panes make."""
    return bool(node.options.get("figures") and node.options.get("slide")) or _lifted_shares_panes(node)


def _lifted_shares_panes(node: Node) -> bool:
    options = node.options
    if "accumulators" not in options or node.kind != "aggregate.time":
        return False
    if not options.get("slide") or options.get("allowed_lateness") or options.get("early"):
        return False
    several = options["slide"] != options["duration"] and options["duration"] % options["slide"] == 0
    return several and all(accumulator.merges_exactly for accumulator in options["accumulators"].values())
