"""Diagnostics of delivery: queues, and what a path can promise."""

from __future__ import annotations

from streamflow.diagnostic_codes.explanation import Explanation


def _graph(sink: str, guarantee: str) -> str:
    nodes = f'nodes.source("orders", type="webhook"), nodes.sink("out", {sink})'
    return f'graph = Graph(\n    name="Orders",\n    nodes=[{nodes}],\n    guarantee="{guarantee}",\n)'


DELIVERY: dict[str, Explanation] = {
    "SF050": Explanation(
        "two sources consume one queue",
        "The platform gives each message of a queue to one consumer, so a queue has one source.",
        'nodes.source("orders", type="queue", binding="ORDERS"), nodes.source("more", type="queue", binding="ORDERS")',
        'nodes.source("orders", type="queue", binding="ORDERS"), nodes.source("more", type="queue", binding="MORE")',
    ),
    "SF051": Explanation(
        "a path can't keep the guarantee",
        "A path from a source to a sink is exactly once, at least once or at most once, as its weakest link is. Rows "
        "in the object's own database are written in the transaction of their batch; what is sent elsewhere is sent "
        "again until it has arrived, so it may arrive twice; what is polled, logged or broadcast may be lost.",
        _graph('type="http", url="https://example.com/in"', "exactly once"),
        _graph('type="http", url="https://example.com/in"', "at least once"),
    ),
}
