"""Event streams that a graph reads, on Cloudflare."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import js
from pyodide.ffi import JsException, jsnull

from streamflow_runtime.cloudflare_connecting import ConnectingPlatform
from streamflow_runtime.cloudflare_requests import js_object

if TYPE_CHECKING:
    from streamflow_runtime.platform import Listener, Socket


class StreamingPlatform(ConnectingPlatform):
    """The platform of graphs that read event streams."""

    def stream(self, url: str, headers: dict[str, str], listener: Listener) -> Socket:
        """By a request whose body goes on."""
        stream = InboundStream(listener)
        self.spawn(stream.read(url, headers))
        return stream


class InboundStream:
    """One answer that is read piece by piece."""

    def __init__(self, listener: Listener) -> None:
        self.attachment: dict[str, Any] = {}
        self._listener = listener
        self._abort = js.AbortController.new()
        self._ended = False

    async def read(self, url: str, headers: dict[str, str]) -> None:
        """Ask, and hand over what comes until it ends."""
        try:
            response = await js.fetch(url, js_object({"headers": headers, "signal": self._abort.signal}))
            media_type = response.headers.get("content-type")
            media_type = "" if media_type is jsnull else str(media_type)
            if response.status != 200 or not media_type.startswith("text/event-stream"):
                self._end(response.status, f"the server answered {response.status} {media_type}".strip())
                return
            if not self._ended:
                self._listener.opened()
            reader = response.body.getReader()
            while not self._ended and not (piece := await reader.read()).done:
                if not self._ended:
                    self._listener.messages([piece.value.to_bytes()])
            self._end(1000, "the stream has ended")
        except JsException as error:
            self._end(1006, error.message)

    def send(self, text: str) -> None:
        """Nothing: a stream goes one way."""

    def close(self, code: int = 1000, reason: str = "") -> None:
        """Stop reading; the listener hears no more."""
        if not self._ended:
            self._ended = True
            self._abort.abort()

    def _end(self, code: int, reason: str) -> None:
        if not self._ended:
            self._ended = True
            self._abort.abort()
            self._listener.closed(code, reason)
