"""Sinks of type custom: a function of the graph's, called after the commit, again if the network failed it."""

from __future__ import annotations

from inspect import isawaitable
from typing import Any

from streamflow_runtime.codec import dumps, loads, packet_of, packet_row
from streamflow_runtime.outbox import Delivery, Outbox, Undelivered
from streamflow_runtime.outside import reach


class CustomSinks(Outbox):
    """Calls the function with the data, or with data and packet. An OSError is tried again, other errors are final."""

    type = "custom"

    def whole(self, sink: str, packet: Any) -> str | None:
        return dumps(packet_row(packet))

    def arguments(self, delivery: Delivery) -> tuple[Any, Any]:
        """The data and the packet, or lists of them."""
        packet = packet_of(loads(delivery.packet or ""))
        return packet.data, packet

    async def deliver(self, delivery: Delivery, options: dict[str, Any]) -> None:
        kernel = self.shell.kernel_class
        arguments = self.arguments(delivery)
        reach.set(self.shell.platform)
        try:
            result = kernel.functions[delivery.sink](*arguments[: 1 + (delivery.sink in kernel.wants_packet)])
            if isawaitable(result):
                await result
        except OSError:
            raise
        except Exception as error:
            raise Undelivered(f"{type(error).__name__}: {error}", final=True) from error
