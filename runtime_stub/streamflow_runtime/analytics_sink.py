"""Sinks of type analytics: a data point of Workers Analytics Engine for each output."""

from __future__ import annotations

from json import dumps, loads
from typing import TYPE_CHECKING, Any

from streamflow_runtime.fields import field
from streamflow_runtime.outbox import Delivery
from streamflow_runtime.picking import picker
from streamflow_runtime.store_sink import StoreSinks

if TYPE_CHECKING:
    from streamflow_runtime.shell import Shell


class AnalyticsSinks(StoreSinks):
    """The point is made when the output commits; one that can't be made goes the way of what is refused."""

    type = "analytics"

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell)
        self._pick = {sink: picker(shell, sink, "index") for sink in self.sinks}

    def whole(self, sink: str, packet: Any) -> str | None:
        options, pick = self.sinks[sink], self._pick[sink]
        try:
            point = {
                "indexes": [_text(pick(packet))] if pick else [],
                "blobs": [_text(field(packet.data, name)) for name in options.get("blobs", ())],
                "doubles": [_number(name, field(packet.data, name)) for name in options.get("doubles", ())],
            }
        except Exception as error:
            return dumps(f"{type(error).__name__}: {error}")
        return dumps(point)

    async def put(self, delivery: Delivery, options: dict[str, Any]) -> None:
        point = loads(delivery.packet or "")
        if isinstance(point, str):
            raise ValueError(f"no data point can be made: {point}")
        await self.shell.platform.call(options["binding"], "writeDataPoint", point)


def _text(value: Any) -> str | None:
    return value if value is None or isinstance(value, str) else dumps(value)


def _number(name: str, value: Any) -> float:
    if isinstance(value, (int, float)):
        return float(value)
    raise TypeError(f"{name} is a {type(value).__name__}, not a number")
