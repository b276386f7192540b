"""Sources of type sse: Server-Sent Events over a connection that the graph keeps open, each one's data JSON.

The id of the last event is committed with the event; where the connection is lost, or the object starts anew, the
server hears it as `Last-Event-ID` and goes on behind it.
"""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING, Any

from streamflow_runtime.messages import note_malformed, push_messages
from streamflow_runtime.secrets import fill, outbound_headers
from streamflow_runtime.websocket_source import Connection, OutboundWebSockets

if TYPE_CHECKING:
    from streamflow_runtime.part import Commit
    from streamflow_runtime.platform import Socket

BYTE_ORDER_MARK = b"\xef\xbb\xbf"
NO_CONTENT = 204


class EventStreams(OutboundWebSockets):
    """Connects at the start and again after a loss, as WebSockets do."""

    def connect(self, source: str, options: dict[str, Any]) -> Connection | None:
        return EventStream(self.shell, source, options) if options["type"] == "sse" else None


class EventStream(Connection):
    """One source's stream: the platform's `Listener`."""

    def open(self) -> Socket:
        shell = self.shell
        last = shell.meta.get(f"sse/{self.source}", "")
        self._events = EventParser(last, shell.service["limits"]["body"])
        headers = {
            "accept": "text/event-stream",
            "cache-control": "no-store",
            **outbound_headers(self.options, shell.secrets),
        }
        if last:
            headers["last-event-id"] = last
        return shell.platform.stream(fill(self.options["url"], shell.secrets), headers, self)

    def opened(self) -> None:
        """The server has answered with a stream."""

    def messages(self, texts: list[str | bytes]) -> None:
        try:
            for text in texts:
                self._events.feed(text.encode() if isinstance(text, str) else text)
        except ValueError as error:
            self.drop(str(error))
            return
        if self._events.retry is not None:
            self.first_wait = self._events.retry
        events = self._events.take()
        if events:
            self.take(events)

    def take(self, texts: list[str | bytes]) -> None:
        entry, last = f"sse/{self.source}", self._events.last

        def prepare(commit: Commit, malformed: list[tuple[int, str]]) -> None:
            note_malformed(commit, self.shell.meta, self.source, texts, malformed)
            commit.meta[entry] = last

        limits = self.shell.service["limits"]
        self.commit(lambda kernel, now: push_messages(kernel, self.source, texts, now, limits)[1], prepare)

    def closed(self, code: int, reason: str) -> None:
        super().closed(code, reason)
        if code == NO_CONTENT:  # so the server says that there is nothing more to come
            self.due = inf


class EventParser:
    """Takes a stream apart, whatever pieces it comes in. `last`: the id of the last event; `retry`: seconds."""

    def __init__(self, last: str, limit: int) -> None:
        self.last = last
        self.retry: float | None = None
        self._limit = limit
        self._rest = b""
        self._after_return = False
        self._first = True
        self._data: list[bytes] = []
        self._events: list[str | bytes] = []

    def feed(self, piece: bytes) -> None:
        """A piece of the stream. Raises ValueError for an event that is larger than a body may be."""
        if self._after_return and piece[:1] == b"\n":
            piece = piece[1:]
        self._after_return = piece[-1:] == b"\r"
        *lines, self._rest = (self._rest + piece.replace(b"\r\n", b"\n").replace(b"\r", b"\n")).split(b"\n")
        for line in lines:
            self._line(line)
        if len(self._rest) + sum(map(len, self._data)) > self._limit:
            raise ValueError(f"an event has more than {self._limit} bytes")

    def take(self) -> list[str | bytes]:
        """The data of the events that are complete: text, or bytes that are none."""
        events, self._events = self._events, []
        return events

    def _line(self, line: bytes) -> None:
        if self._first:
            self._first, line = False, line.removeprefix(BYTE_ORDER_MARK)
        if not line:
            if self._data:
                self._events.append(_text(b"\n".join(self._data)))
                self._data = []
            return
        name, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if name == b"data":
            self._data.append(value)
        elif name == b"id" and b"\0" not in value:
            self.last = value.decode(errors="replace")
        elif name == b"retry" and value.isdigit():
            self.retry = int(value) / 1000


def _text(data: bytes) -> str | bytes:
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data
