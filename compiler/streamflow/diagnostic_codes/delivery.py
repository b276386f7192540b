"""Diagnostics of delivery: queues, and what a path can promise."""

from __future__ import annotations

from streamflow.diagnostic_codes.explanation import Explanation

DELIVERY: dict[str, Explanation] = {
    "SF050": Explanation(
        "two sources consume one queue",
        "The platform gives each message of a queue to one consumer, so a queue has one source.",
        'nodes.source("orders", type="queue", binding="ORDERS"), nodes.source("more", type="queue", binding="ORDERS")',
        'nodes.source("orders", type="queue", binding="ORDERS"), nodes.source("more", type="queue", binding="MORE")',
    ),
}
