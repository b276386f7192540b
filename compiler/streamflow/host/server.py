"""The deployed service's endpoints on this machine: aiohttp in front of the service shell."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from aiohttp import web

from streamflow.host.local_platform import LARGEST_MESSAGE, LocalPlatform
from streamflow.host.local_sockets import LocalSocket, read_all
from streamflow_runtime.http import Request, TooLarge

if TYPE_CHECKING:
    from streamflow_runtime.http import Response
    from streamflow_runtime.shell import Shell


@asynccontextmanager
async def serve(
    shell: Shell,
    platform: LocalPlatform,
    host: str = "127.0.0.1",
    port: int = 8787,
    before: Callable[[Request], None] = lambda request: None,
) -> AsyncIterator[str]:
    """Serve the shell's endpoints while the context is open; gives the URL. Port 0 takes a free one.

    `before` sees each request first.
    """

    async def answer_one(request: web.Request) -> web.StreamResponse:
        return await answer(shell, platform, request, before)

    application = web.Application()
    application.router.add_route("*", "/{path:.*}", answer_one)
    runner = web.AppRunner(
        application,
        access_log=None,
        shutdown_timeout=1.0,
        handler_cancellation=True,
        auto_decompress=False,  # nor does the platform
    )
    await runner.setup()
    try:
        site = web.TCPSite(runner, host, port)
        await site.start()
        bound = runner.addresses[0][1]
        yield f"http://{host}:{bound}"
    finally:
        for socket in platform.sockets():
            socket.close(1001, "stopped")
        await runner.cleanup()


async def answer(
    shell: Shell, platform: LocalPlatform, request: web.Request, before: Callable[[Request], None]
) -> web.StreamResponse:
    """One request through the shell, to the end of its connection."""

    async def read(limit: int) -> bytes:
        if (request.content_length or 0) > limit:
            raise TooLarge
        body = bytearray()
        while piece := await request.content.readany():
            body += piece
            if len(body) > limit:
                raise TooLarge
        return bytes(body)

    headers = {name.lower(): _text(value) for name, value in request.headers.items()}
    client = {"ip": request.remote}
    asked = Request(request.method, request.path, request.query, headers, read, client)
    before(asked)
    response = await shell.respond(asked)
    if response.socket is None:
        body = response.body.encode() if isinstance(response.body, str) else response.body
        return web.Response(status=response.status, headers=response.headers, body=body)
    if response.status == 101:
        return await _websocket(shell, platform, request, response)
    return await _event_stream(shell, platform, request, response)


def _text(header: str) -> str:
    """A header's value, whatever bytes it came in."""
    return header.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


async def _websocket(
    shell: Shell, platform: LocalPlatform, request: web.Request, response: Response
) -> web.StreamResponse:
    protocol = response.headers.get("sec-websocket-protocol")
    connection = web.WebSocketResponse(
        protocols=(protocol,) if protocol else (), max_msg_size=LARGEST_MESSAGE, heartbeat=30.0
    )
    await connection.prepare(request)
    socket = LocalSocket()
    socket.attachment = response.socket or {}
    platform.add_client(socket)
    writer = asyncio.create_task(socket.write_to(connection))
    try:
        shell.socket_opened(socket)
        await read_all(connection, lambda texts: None if socket.closing else shell.socket_messages(socket, texts))
    finally:
        platform.remove_client(socket)
        shell.socket_closed(socket)
        await socket.finish(writer)
    return connection


async def _event_stream(
    shell: Shell, platform: LocalPlatform, request: web.Request, response: Response
) -> web.StreamResponse:
    stream = web.StreamResponse(status=response.status, headers=response.headers)
    await stream.prepare(request)
    socket = LocalSocket()
    socket.attachment = response.socket or {}
    platform.add_client(socket)
    try:
        shell.socket_opened(socket)
        await socket.stream_to(stream)
    except ConnectionError:
        pass  # the client has gone
    finally:
        platform.remove_client(socket)
        shell.socket_closed(socket)
    return stream
