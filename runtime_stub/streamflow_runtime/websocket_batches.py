"""Sinks of type websocket with a url and `batch`: arrays of at most so many, in place of single texts."""

from __future__ import annotations

from streamflow_runtime.batches import Batches, joined
from streamflow_runtime.outbox import Delivery
from streamflow_runtime.websocket_sink import OutboundWebSocketSinks


class OutboundWebSocketBatches(Batches, OutboundWebSocketSinks):
    """In place of `OutboundWebSocketSinks` where any of them has `batch`."""

    def text(self, delivery: Delivery) -> str:
        """Texts by newline, all else as an array."""
        return joined(delivery)
