"""Sinks of type websocket with a url: every packet's data as one text, over a connection that the graph opens."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from streamflow_runtime.outbox import Delivery, Outbox
from streamflow_runtime.secrets import fill, outbound_headers

if TYPE_CHECKING:
    from streamflow_runtime.platform import Socket
    from streamflow_runtime.shell import Shell

TIMEOUT = 30.0


class OutboundWebSocketSinks(Outbox):
    """Connects when there is something to send. What can't be sent waits in the outbox and is tried again."""

    type = "websocket"

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell)
        self.connections = {sink: Connection() for sink in self.sinks}

    def serves(self, options: dict[str, Any]) -> bool:
        return super().serves(options) and "url" in options

    def stop(self) -> None:
        for connection in self.connections.values():
            if connection.socket is not None:
                connection.socket.close(1000, "stopped")

    async def deliver(self, delivery: Delivery, options: dict[str, Any]) -> None:
        connection = self.connections[delivery.sink]
        if connection.socket is None:
            secrets = self.shell.secrets
            headers = outbound_headers(options, secrets)
            connection.socket = self.shell.platform.connect(fill(options["url"], secrets), headers, connection)
        await asyncio.wait_for(connection.is_open.wait(), TIMEOUT)
        if connection.socket is None:
            raise ConnectionError("the connection was lost")
        connection.socket.send(self.text(delivery))


class Connection:
    """One sink's connection: the platform's `Listener`."""

    def __init__(self) -> None:
        self.socket: Socket | None = None
        self.is_open = asyncio.Event()

    def opened(self) -> None:
        self.is_open.set()

    def messages(self, texts: list[str | bytes]) -> None:
        """What the other side says is of no interest."""

    def closed(self, code: int, reason: str) -> None:
        self.socket = None
        self.is_open.set()  # whoever waits sees that it is gone
        self.is_open = asyncio.Event()
