"""Sinks of type http with `batch`: arrays of at most so many, in place of single requests."""

from __future__ import annotations

from json import dumps

from streamflow_runtime.batches import Batches
from streamflow_runtime.encode import decode_stored
from streamflow_runtime.http_sink import HttpSinks
from streamflow_runtime.outbox import Delivery


class HttpBatches(Batches, HttpSinks):
    """In place of `HttpSinks` where any of them has `batch`."""

    def text(self, delivery: Delivery) -> str:
        """Texts by newline, all else as an array."""
        if delivery.batch is None:
            return delivery.data
        pieces = [delivery.data, *[other.data for other in delivery.others]]
        if all(piece[0] == '"' for piece in pieces):
            return dumps("\n".join(map(decode_stored, pieces)))
        return "[" + ",".join(dumps(piece[1:]) if piece[0] == "b" else piece for piece in pieces) + "]"
