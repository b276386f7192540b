"""The world around a service under test: a server that sinks call and sources listen to, on a thread of its own."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from typing import Any

from aiohttp import web

from conformance.loop_thread import LoopThread


class Outside:
    """What has come in, by path. `answers` are given in turn to requests of a path, 200 when they run out; `delays`, in
    seconds, likewise."""

    def __init__(self) -> None:
        self.requests: defaultdict[str, list[tuple[dict[str, str], bytes]]] = defaultdict(list)
        self.answers: defaultdict[str, list[int]] = defaultdict(list)
        self.delays: defaultdict[str, list[float]] = defaultdict(list)
        self.poll = b'{"list": []}'
        self.poll_tag = ""
        self.handshakes: list[dict[str, str]] = []
        self.told: list[str] = []
        self.event_requests: list[dict[str, str]] = []
        self.subscribed: list[str] = []
        self.pages: list[int] = []
        self.port = 0
        self._feeds: set[web.WebSocketResponse] = set()

    @property
    def secrets(self) -> dict[str, str]:
        """What programs know it by."""
        return {"OUTSIDE": f"http://127.0.0.1:{self.port}", "OUTSIDE_SOCKETS": f"ws://127.0.0.1:{self.port}"}

    def feed(self, text: str | bytes) -> int:
        """Send one message to whoever is connected to `/feed`; how many that are."""
        return self.run(self._feed(text))

    def hang_up(self) -> None:
        """Cut the connections to `/feed`."""
        self.run(self._hang_up())

    def run(self, coroutine: Coroutine[Any, Any, Any]) -> Any:
        """Run it on the server's loop."""
        return self._loop.run(coroutine)

    async def _feed(self, text: str | bytes) -> int:
        for socket in self._feeds:
            await (socket.send_str(text) if isinstance(text, str) else socket.send_bytes(text))
        return len(self._feeds)

    async def _hang_up(self) -> None:
        for socket in list(self._feeds):
            await socket.close(code=1012, message=b"back soon")

    async def _take(self, request: web.Request) -> web.Response:
        headers = {name.lower(): value for name, value in request.headers.items()}
        self.requests[request.path].append((headers, await request.read()))
        answers = self.answers[request.path]
        if delays := self.delays[request.path]:
            await asyncio.sleep(delays.pop(0))
        return web.Response(status=answers.pop(0) if answers else 200)

    async def _price(self, request: web.Request) -> web.Response:
        """The price of something is the length of its name."""
        taken = await self._take(request)
        if taken.status != 200:
            return taken
        return web.json_response({"price": len(request.match_info["sku"])})

    async def _poll(self, request: web.Request) -> web.Response:
        if self.poll_tag and request.headers.get("if-none-match") == self.poll_tag:
            return web.Response(status=304)
        headers = {"etag": self.poll_tag} if self.poll_tag else {}
        return web.Response(body=self.poll, headers=headers, content_type="application/json")

    async def _page(self, request: web.Request) -> web.Response:
        """Two records a page, each with the number of the next page; there are four records."""
        number = int(request.match_info["number"])
        self.pages.append(number)
        page = [{"n": n, "next": number + 2} for n in range(number, min(number + 2, 4))]
        return web.json_response({"page": page})

    async def _feed_socket(self, request: web.Request) -> web.WebSocketResponse:
        self.handshakes.append({name.lower(): value for name, value in request.headers.items()})
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        self._feeds.add(socket)
        try:
            async for message in socket:
                self.subscribed.append(message.data)
        finally:
            self._feeds.discard(socket)
        return socket

    async def _events(self, request: web.Request) -> web.StreamResponse:
        """Three events a connection, behind the last one that the client has."""
        self.event_requests.append({name.lower(): value for name, value in request.headers.items()})
        first = int(request.headers.get("last-event-id", "0")) + 1
        response = web.StreamResponse(headers={"content-type": "text/event-stream"})
        await response.prepare(request)
        await response.write(b"retry: 100\n\n")
        for number in range(first, first + 3):
            await response.write(f'id: {number}\ndata: {{"n": {number}}}\n\n'.encode())
        return response

    async def _told_socket(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        async for message in socket:
            self.told.append(message.data)
        return socket

    async def _start(self) -> web.AppRunner:
        application = web.Application()
        application.router.add_get("/poll", self._poll)
        application.router.add_get("/pages/{number}", self._page)
        application.router.add_get("/feed", self._feed_socket)
        application.router.add_get("/events", self._events)
        application.router.add_get("/told", self._told_socket)
        application.router.add_get("/prices/{sku:.*}", self._price)
        application.router.add_post("/{path:.*}", self._take)
        runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.2, handler_cancellation=True)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        self.port = runner.addresses[0][1]
        return runner

    @contextmanager
    def running(self) -> Iterator[Outside]:
        """The server is up while the context is open."""
        self._loop = LoopThread()
        try:
            runner = self.run(self._start())
            try:
                yield self
            finally:
                self.run(runner.cleanup())
        finally:
            self._loop.stop()
