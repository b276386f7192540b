"""Clients that send by WebSocket, on Cloudflare.

Their sockets stay with the object while they are open: one that hibernates would cost a call of Python a message.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import js
from pyodide.ffi import create_once_callable

from streamflow_runtime.cloudflare import CloudflarePlatform
from streamflow_runtime.cloudflare_clients import RawSocket
from streamflow_runtime.cloudflare_collecting import Collector
from streamflow_runtime.cloudflare_requests import js_object

if TYPE_CHECKING:
    from streamflow_runtime.platform import Socket


class DataClients(CloudflarePlatform):
    """Mixed into the platform of graphs that clients send to."""

    def __init__(self, ctx: Any, env: Any) -> None:
        super().__init__(ctx, env)
        self._senders: list[Sender] = []

    def sockets(self) -> list[Socket]:
        return [*super().sockets(), *self._senders]

    def _accept(self, headers: dict[str, str], attachment: dict[str, Any]) -> Any:
        if attachment["kind"] != "inject":
            return super()._accept(headers, attachment)
        client, server = js.WebSocketPair.new().object_values()
        server.accept()
        sender = Sender(server, attachment, self._sent, self._ended)
        self._senders.append(sender)
        self.shell.socket_opened(sender)
        return js.Response.new(None, js_object({"status": 101, "headers": headers, "webSocket": client}))

    def _sent(self, sender: Sender, texts: list[str | bytes]) -> None:
        self.shell.socket_messages(sender, texts)

    def _ended(self, sender: Sender) -> None:
        if sender in self._senders:
            self._senders.remove(sender)
            self.shell.socket_closed(sender)


class Sender(RawSocket):
    """One client's connection."""

    def __init__(
        self,
        raw: Any,
        attachment: dict[str, Any],
        sent: Callable[[Sender, list[str | bytes]], None],
        ended: Callable[[Sender], None],
    ) -> None:
        super().__init__(raw)
        self.attachment = attachment
        self._ended: Callable[[Sender], None] | None = ended
        self._collector = Collector(raw, lambda texts: sent(self, texts), self._overrun)
        self._on_close = create_once_callable(lambda event: self._closed(event.code))
        self._on_error = create_once_callable(lambda event: self._closed(1006))
        raw.addEventListener("close", self._on_close)
        raw.addEventListener("error", self._on_error)

    def close(self, code: int = 1000, reason: str = "") -> None:
        """Close it; what it has sent and is not committed yet is for the client to send again."""
        if self._ended is not None:
            self._collector.stop()
            self._end()
            super().close(code, reason)

    def _overrun(self) -> None:
        self.close(1013, "too many messages are waiting: connect again and resume")

    def _closed(self, code: int) -> None:
        """The client has closed, or is lost; what had arrived before still counts."""
        self._collector.deliver()
        if self._ended is not None:
            self._collector.stop()
            self._end()
            super().close(1000 if code in (1005, 1006) else code)

    def _end(self) -> None:
        ended, self._ended = self._ended, None
        self._raw.removeEventListener("close", self._on_close)
        self._raw.removeEventListener("error", self._on_error)
        self._on_close.destroy()
        self._on_error.destroy()
        if ended is not None:
            ended(self)
