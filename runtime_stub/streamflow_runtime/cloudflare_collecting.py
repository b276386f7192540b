"""Messages of one WebSocket on Cloudflare, without a call of Python for each: JavaScript collects them.

A call from JavaScript costs tens of microseconds, more than everything else that happens to a message. So the socket's
listener is an array's own `push`, Python runs once for all that arrive within a moment, and their texts cross together.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import js
from pyodide.ffi import create_once_callable

# Messages that arrive within this time of the first one are committed together.
COLLECT_MS = 1
MOST_COLLECTED = 2000
# More than these are waiting: the other side is faster than this object.
MOST_WAITING = 100_000
# The values of a message event are four that are empty, then its data; this stands between values, never in JSON.
BETWEEN = "\x1e"
BEFORE = BETWEEN * 4
NOT_TEXT = "[object ArrayBuffer]"


class Collector:
    """Hands messages to `take(texts)`, in their order, and calls `overrun()` once too many wait."""

    def __init__(
        self, raw: Any, take: Callable[[list[str | bytes]], None], overrun: Callable[[], None] | None = None
    ) -> None:
        self._raw = raw
        self._take, self._overrun = take, overrun
        self._stopped = False
        self._on_message: Any = None
        self._events = js.Array.new()
        raw.binaryType = "arraybuffer"
        raw.addEventListener("message", self._events.push.bind(self._events))
        self._await_messages()

    def deliver(self) -> None:
        """Hand over what has arrived."""
        while self._events.length and not self._stopped:
            self._take(_texts(self._events.splice(0, MOST_COLLECTED)))

    def stop(self) -> None:
        """No more messages."""
        self._stopped = True
        if self._on_message is not None:
            self._raw.removeEventListener("message", self._on_message)
            self._on_message.destroy()
            self._on_message = None

    def _await_messages(self) -> None:
        self._on_message = create_once_callable(lambda event: self._collect())
        self._raw.addEventListener("message", self._on_message, once=True)

    def _collect(self) -> None:
        self._on_message = None
        js.setTimeout(create_once_callable(self._hand_over), COLLECT_MS)

    def _hand_over(self) -> None:
        if self._stopped:
            return
        self._await_messages()
        if self._overrun is not None and self._events.length > MOST_WAITING:
            self._overrun()
        else:
            self.deliver()


def _texts(events: Any) -> list[str | bytes]:
    """The data of message events: all texts as one, where they can be told apart again."""
    count: int = events.length
    joined: str = events.flatMap(js.Object.values).join(BETWEEN)
    texts: list[str | bytes] = [*joined.removeprefix(BEFORE).split(BETWEEN + BEFORE)]
    if joined.count(BETWEEN) == 5 * count - 1 and len(texts) == count and NOT_TEXT not in texts:
        return texts
    values = (event.data for event in events)
    return [value if isinstance(value, str) else value.to_bytes() for value in values]
