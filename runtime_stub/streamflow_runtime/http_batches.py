"""Sinks of type http with `batch`: arrays of at most so many, in place of single requests."""

from __future__ import annotations

from json import dumps

from streamflow_runtime.batches import Batches
from streamflow_runtime.encode import decode_stored, encode
from streamflow_runtime.http_sink import HttpSinks
from streamflow_runtime.outbox import Delivery


class HttpBatches(Batches, HttpSinks):
    """In place of `HttpSinks` where any of them has `batch`."""

    def text(self, delivery: Delivery) -> str:
        """Texts and bytes by newline, but for MessagePack, whose values need nothing between; all else as an array."""
        if delivery.batch is None:
            return delivery.data
        pieces = [delivery.data, *[other.data for other in delivery.others]]
        kinds = {piece[0] for piece in pieces}
        if kinds == {'"'}:
            return dumps("\n".join(map(decode_stored, pieces)))
        if kinds == {"b"}:
            media_type = self.sinks[delivery.sink].get("headers", {}).get("content-type")
            between = b"" if media_type == "application/vnd.msgpack" else b"\n"
            return encode(between.join(map(decode_stored, pieces)))
        return "[" + ",".join(dumps(piece[1:]) if piece[0] == "b" else piece for piece in pieces) + "]"
