"""Clients' connections on Cloudflare: WebSockets that hibernate, and event streams."""

from __future__ import annotations

from collections.abc import Callable
from json import dumps, loads
from typing import Any

import js
from pyodide.ffi import JsException, create_once_callable

from streamflow_runtime.cloudflare_requests import js_object

# A reader of events that is this many behind is cut off: memory is not for the slowest.
LONGEST_QUEUE = 1000


class RawSocket:
    """A client's WebSocket."""

    def __init__(self, raw: Any) -> None:
        self._raw = raw

    def send(self, text: str) -> None:
        """Send a text; nothing on a connection that has ended."""
        try:
            self._raw.send(text)
        except JsException:
            pass

    def close(self, code: int = 1000, reason: str = "") -> None:
        """Begin to close."""
        try:
            self._raw.close(code, reason)
        except JsException:
            pass


class ClientSocket(RawSocket):
    """One that may hibernate; its attachment stays with it while the object sleeps."""

    def __init__(self, raw: Any) -> None:
        super().__init__(raw)
        self._attachment: dict[str, Any] | None = None

    @property
    def attachment(self) -> dict[str, Any]:
        """As it was last set, before a hibernation or after."""
        if self._attachment is None:
            self._attachment = loads(self._raw.deserializeAttachment())
        return self._attachment

    @attachment.setter
    def attachment(self, value: dict[str, Any]) -> None:
        self._attachment = value
        self._raw.serializeAttachment(dumps(value))

    def answer_close(self, code: int) -> None:
        """End what the client has begun; without it the client waits in vain."""
        try:
            if code in (1005, 1006):  # no code came, and none of these may be sent
                self._raw.close()
            else:
                self._raw.close(code)
        except JsException:
            pass


class EventStream:
    """A client's event stream: the body of a response that goes on. `ended(stream)` is called once."""

    def __init__(self, attachment: dict[str, Any], ended: Callable[[EventStream], None]) -> None:
        self.attachment = attachment
        self._encode = js.TextEncoder.new().encode  # nothing of JavaScript's may live in a module: it is imported ahead
        self._ended: Callable[[EventStream], None] | None = ended
        self._cancelled = create_once_callable(lambda reason=None: self._end())
        start = create_once_callable(self._begin)
        self.readable = js.ReadableStream.new(js_object({"start": start, "cancel": self._cancelled}))

    def send(self, text: str) -> None:
        """Queue a piece of the stream."""
        if self._ended is None:
            return
        try:
            self._controller.enqueue(self._encode(text))
            if self._controller.desiredSize < -LONGEST_QUEUE:
                self.close()
        except JsException:  # the client has gone
            self._end()

    def close(self, code: int = 1000, reason: str = "") -> None:
        """End the stream."""
        if self._ended is not None:
            try:
                self._controller.close()
            except JsException:
                pass
            self._end()
            self._cancelled.destroy()

    def _begin(self, controller: Any) -> None:
        self._controller = controller

    def _end(self) -> None:
        ended, self._ended = self._ended, None
        if ended is not None:
            ended(self)
