"""Connections as the service shell sees them, over aiohttp: WebSockets in and out, and event streams."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import aiohttp
from aiohttp import web

# A reader that is this many texts behind is cut off: memory is not for the slowest.
LONGEST_QUEUE = 10_000
# Messages that arrive within this time of the first one are committed together.
COLLECT_SECONDS = 0.001
MOST_COLLECTED = 500

Frame = str | tuple[int, str]


class LocalSocket:
    """Sends in the background, in order; the shell's `Socket`."""

    def __init__(self) -> None:
        self.attachment: dict[str, Any] = {}
        self._queue: asyncio.Queue[Frame] = asyncio.Queue()
        self.closing = False

    def send(self, text: str) -> None:
        """Queue a text."""
        if self._queue.qsize() >= LONGEST_QUEUE:
            self.close(1013, "too slow")
        elif not self.closing:
            self._queue.put_nowait(text)

    def close(self, code: int = 1000, reason: str = "") -> None:
        """Queue the end."""
        if not self.closing:
            self.closing = True
            self._queue.put_nowait((code, reason))

    async def write_to(self, connection: web.WebSocketResponse | aiohttp.ClientWebSocketResponse) -> None:
        """Send what is queued until the end; ends with the connection."""
        while True:
            frame = await self._queue.get()
            try:
                if isinstance(frame, str):
                    await connection.send_str(frame)
                else:
                    await connection.close(code=frame[0], message=frame[1].encode())
                    return
            except (ConnectionError, RuntimeError):  # it is gone; the reading side notices, too
                return

    async def finish(self, writer: asyncio.Task[None]) -> None:
        """Reading has ended: let a close that is under way say its code and reason."""
        if self.closing:
            await asyncio.wait([writer], timeout=1.0)
        writer.cancel()

    async def stream_to(self, response: web.StreamResponse) -> None:
        """Write what is queued as it is until the end or until the client has gone."""
        while isinstance(frame := await self._queue.get(), str):
            await response.write(frame.encode())


class Collector:
    """Collects messages for about a millisecond and hands them over together."""

    def __init__(self, deliver: Callable[[list[str | bytes]], None]) -> None:
        self._deliver = deliver
        self._texts: list[str | bytes] = []
        self._timer: asyncio.TimerHandle | None = None

    def add(self, text: str | bytes) -> None:
        """One message."""
        self._texts.append(text)
        if len(self._texts) >= MOST_COLLECTED:
            self.flush()
        elif self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(COLLECT_SECONDS, self.flush)

    def flush(self) -> None:
        """Hand over what there is."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        texts, self._texts = self._texts, []
        if texts:
            self._deliver(texts)


async def read_all(
    connection: web.WebSocketResponse | aiohttp.ClientWebSocketResponse,
    deliver: Callable[[list[str | bytes]], None],
) -> None:
    """Hand over what arrives, until the connection ends."""
    collector = Collector(deliver)
    try:
        async for message in connection:
            if message.type in (aiohttp.WSMsgType.TEXT, aiohttp.WSMsgType.BINARY):
                collector.add(message.data)
    finally:
        collector.flush()
