"""Sinks of type http with `batch`: arrays of at most so many, in place of single requests."""

from __future__ import annotations

from streamflow_runtime.batches import Batches, joined
from streamflow_runtime.http_sink import HttpSinks
from streamflow_runtime.outbox import Delivery


class HttpBatches(Batches, HttpSinks):
    """In place of `HttpSinks` where any of them has `batch`."""

    def text(self, delivery: Delivery) -> str:
        """Texts and bytes by newline, but for MessagePack, whose values need nothing between; all else as an array."""
        media_type = self.sinks[delivery.sink].get("headers", {}).get("content-type")
        return joined(delivery, b"" if media_type == "application/vnd.msgpack" else b"\n")
