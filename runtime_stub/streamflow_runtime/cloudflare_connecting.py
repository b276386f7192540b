"""WebSockets that a graph opens, on Cloudflare."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import js
from pyodide.ffi import JsException, create_once_callable

from streamflow_runtime.cloudflare import CloudflarePlatform
from streamflow_runtime.cloudflare_collecting import Collector
from streamflow_runtime.cloudflare_requests import js_object

if TYPE_CHECKING:
    from streamflow_runtime.platform import Listener, Socket


class ConnectingPlatform(CloudflarePlatform):
    """The platform of graphs that open WebSockets."""

    def connect(self, url: str, headers: dict[str, str], listener: Listener) -> Socket:
        """By a request that is upgraded: a WebSocket made from a URL could not send headers."""
        connection = OutboundSocket(listener)
        self.spawn(connection.open("http" + url.removeprefix("ws"), {**headers, "upgrade": "websocket"}))
        return connection


class OutboundSocket:
    """One connection."""

    def __init__(self, listener: Listener) -> None:
        self.attachment: dict[str, Any] = {}
        self._listener = listener
        self._raw: Any = None
        self._ended = False

    async def open(self, url: str, headers: dict[str, str]) -> None:
        """Connect, and tell the listener how that went."""
        try:
            response = await js.fetch(url, js_object({"headers": headers}))
        except JsException as error:
            self._end(1006, error.message)
            return
        raw = response.webSocket
        if not raw:
            self._end(1006, f"the server answered {response.status}")
            return
        raw.accept()
        if self._ended:
            raw.close(1000, "")
            return
        self._raw = raw
        self._collector = Collector(raw, self._listener.messages)
        self._on_close = create_once_callable(lambda event: self._lost(event.code, event.reason))
        raw.addEventListener("close", self._on_close)
        self._listener.opened()

    def send(self, text: str) -> None:
        """Send a text; nothing where the connection has ended."""
        try:
            if self._raw:
                self._raw.send(text)
        except JsException:
            pass

    def close(self, code: int = 1000, reason: str = "") -> None:
        """Close it; the listener hears no more."""
        if self._ended:
            return
        self._ended = True
        if self._raw:
            self._raw.removeEventListener("close", self._on_close)
            self._on_close.destroy()
            self._collector.stop()
            try:
                self._raw.close(code, reason)
            except JsException:
                pass

    def _lost(self, code: int, reason: str) -> None:
        self._collector.deliver()
        self._collector.stop()
        self._end(code, reason)

    def _end(self, code: int, reason: str) -> None:
        if not self._ended:
            self._ended = True
            self._listener.closed(code, reason)
