"""A served shell for tests: local platform, real HTTP and WebSockets on a free port, a clock that tests move."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web

from runtime.counting_kernel import CountingKernel
from streamflow.host.local_platform import LocalPlatform
from streamflow.host.server import serve
from streamflow.target.parts import parts_for
from streamflow_runtime.shell import Shell

TOKEN = "s3cret-token"
LIMITS = {"body": 100_000, "batch": 100_000, "nesting": 64}


class Clock:
    """Unix seconds that stand still until a test moves them."""

    def __init__(self) -> None:
        self.time = 1000.0

    def __call__(self) -> float:
        return self.time


class Service:
    """A client of one served graph, and its insides."""

    def __init__(self, shell: Shell, platform: LocalPlatform, url: str, http: aiohttp.ClientSession) -> None:
        self.shell, self.platform, self.url, self.http = shell, platform, url, http

    async def call(
        self, method: str, path: str, body: Any = None, token: str | None = TOKEN, **headers: str
    ) -> tuple[int, Any]:
        """Status and decoded body; the headers of the answer are in `self.headers`."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if token:
            sent.setdefault("authorization", f"Bearer {token}")
        data = body if isinstance(body, (bytes, str)) or body is None else json.dumps(body)
        async with self.http.request(method, self.url + path, data=data, headers=sent) as response:
            self.headers = response.headers
            text = await response.text()
            return response.status, json.loads(text) if "json" in response.content_type else text

    def rows(self, table: str) -> list[tuple[Any, ...]]:
        """A table's rows."""
        return self.platform.sql(f'SELECT * FROM "{table}"')


def description(sources: dict[str, Any], sinks: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    """A service description."""
    return {"graph": "Shop", "sources": sources, "sinks": sinks or {}, "taps": [], "limits": LIMITS, **more}


@asynccontextmanager
async def served(
    service: dict[str, Any] | None = None,
    kernel: type[CountingKernel] = CountingKernel,
    *,
    state: Path | None = None,
    clock: Callable[[], float] | None = None,
    secrets: dict[str, str] | None = None,
) -> AsyncIterator[Service]:
    """Serve a graph; leaving the context is a kill: nothing is flushed."""
    service = service or description({"orders": {"type": "manual"}}, {"alerts": {"type": "log"}})
    known = {"STREAMFLOW_TOKEN": TOKEN} if secrets is None else secrets
    logged: list[str] = []
    platform = LocalPlatform(state, clock=clock or Clock(), secret=known.get, log=logged.append)
    platform.logged = logged  # type: ignore[attr-defined]
    shell = Shell(kernel, service, platform, parts_for(service, asynchronous=True))
    platform.wake = shell.wake
    try:
        async with serve(shell, platform, port=0) as url, aiohttp.ClientSession() as http:
            yield Service(shell, platform, url, http)
    finally:
        shell.stopped = True
        await platform.halt()
        platform.close()


class Receiver:
    """A server that http sinks and polls talk to. `answers` are given in turn, the last one from then on."""

    def __init__(self) -> None:
        self.url = ""
        self.requests: list[tuple[dict[str, str], bytes]] = []
        self.answers: list[Any] = [200]
        self.active = self.most_active = 0
        self.pause: asyncio.Event | None = None

    async def answer(self, request: web.Request) -> web.Response:
        self.active += 1
        self.most_active = max(self.active, self.most_active)
        try:
            headers = {name.lower(): value for name, value in request.headers.items()}
            self.requests.append((headers, await request.read()))
            answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
            if self.pause is not None:
                await self.pause.wait()
        finally:
            self.active -= 1
        return answer if isinstance(answer, web.Response) else web.Response(status=answer)

    @property
    def bodies(self) -> list[Any]:
        return [json.loads(body) for _, body in self.requests]

    @property
    def keys(self) -> list[str]:
        return [headers["idempotency-key"] for headers, _ in self.requests]


@asynccontextmanager
async def receiver() -> AsyncIterator[Receiver]:
    """A running Receiver."""
    found = Receiver()
    application = web.Application()
    application.router.add_route("*", "/{path:.*}", found.answer)
    async with listening(application) as url:
        found.url = url
        yield found


@asynccontextmanager
async def listening(application: web.Application) -> AsyncIterator[str]:
    """An aiohttp application on a free port; gives its URL."""
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1, handler_cancellation=True)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


async def until(condition: Callable[[], Any]) -> None:
    """Wait for a condition; the test's own timeout ends a wait in vain."""
    for _ in range(2000):
        if condition():
            return
        await asyncio.sleep(0.001)
    raise AssertionError("it has not come")
