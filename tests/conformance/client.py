"""What a client of a deployed service does, over HTTP and WebSocket."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import aiohttp

from conformance.outside import Outside
from conformance.services import TOKEN, Service

PATIENCE_S = 120.0


class Client:
    """Talks to a service with the bearer token. `outside` is what the service itself talks to."""

    def __init__(self, service: Service, outside: Outside, http: aiohttp.ClientSession) -> None:
        self.service, self.outside, self.http = service, outside, http
        self.headers: dict[str, str] = {}

    async def call(
        self, method: str, path: str, body: Any = None, token: str | None = TOKEN, **headers: str
    ) -> tuple[int, Any]:
        """Status and body of the answer, decoded where it is JSON; its headers are in `self.headers`."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if token:
            sent.setdefault("authorization", f"Bearer {token}")
        plain = body is None or isinstance(body, (bytes, str)) or hasattr(body, "__aiter__")
        async with self.http.request(
            method, self.service.url + path, data=body if plain else json.dumps(body), headers=sent
        ) as response:
            self.headers = {name.lower(): value for name, value in response.headers.items()}
            text = await response.text()
            return response.status, json.loads(text) if response.content_type.endswith(("/json", "+json")) else text

    async def inject(self, source: str, data: Any) -> None:
        """Send a batch that has to be accepted."""
        status, answer = await self.call("POST", f"/inject/{source}", data)
        assert status == 202, answer

    @asynccontextmanager
    async def socket(self, path: str, **options: Any) -> AsyncIterator[Conversation]:
        """A WebSocket to the service."""
        options.setdefault("headers", {"authorization": f"Bearer {TOKEN}"})
        async with self.http.ws_connect(self.service.url + path, **options) as connection:
            yield Conversation(connection)

    async def processed(self, node: str) -> int:
        """How many packets a node has processed."""
        _, figures = await self.call("GET", "/metrics")
        count: int = figures["nodes"][node]["packets_processed"]
        return count


class Conversation:
    """A WebSocket whose messages are JSON."""

    def __init__(self, connection: aiohttp.ClientWebSocketResponse) -> None:
        self.connection = connection

    async def send(self, *texts: str | bytes) -> None:
        """Send these one after the other."""
        for text in texts:
            await (self.connection.send_str(text) if isinstance(text, str) else self.connection.send_bytes(text))

    async def next(self) -> Any:
        """The next message."""
        return json.loads(await self.connection.receive_str(timeout=PATIENCE_S))


async def until(holds: Callable[[], Any]) -> None:
    """Wait until it holds."""
    loop = asyncio.get_running_loop()
    ends = loop.time() + PATIENCE_S
    while not holds():
        assert loop.time() < ends, "it has not come about"
        await asyncio.sleep(0.01)
