"""Webhooks, polling, outbound WebSockets."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, ClassVar

from aiohttp import web

from runtime.counting_kernel import CountingKernel, kernel_with
from runtime.services import Clock, description, listening, receiver, served, until

SINKS = {"alerts": {"type": "log"}}
HOOK = {"type": "webhook", "path": "/hooks/hook", "cors": ["https://shop.example"]}


class MetadataKernel(CountingKernel):
    seen: ClassVar[list[Any]] = []

    def push_json(self, source: str, body: bytes, now: float, metadata: dict[str, Any] | None = None) -> int:
        self.seen.append(metadata)
        return super().push_json(source, body, now, metadata)


async def test_a_webhook_keeps_the_metadata_it_was_asked_to() -> None:
    names = ["ip", "country", "user_agent", "path", "x-request-id", "x-missing"]
    async with served(description({"hook": {**HOOK, "metadata": names}}, SINKS), MetadataKernel) as service:
        status, answer = await service.call("POST", "/hooks/hook", [{}, {}], user_agent="till", X_Request_Id="7")
        assert (status, answer["accepted"]) == (202, 2)
        assert MetadataKernel.seen[-1] == {
            "ip": "127.0.0.1",
            "country": None,
            "user_agent": "till",
            "path": "/hooks/hook",
            "x-request-id": "7",
            "x-missing": None,
        }


async def test_a_page_of_a_listed_origin_may_send_to_a_webhook() -> None:
    async with served(description({"hook": HOOK}, SINKS)) as service:
        status, _ = await service.call("OPTIONS", "/hooks/hook", token=None, origin="https://shop.example")
        assert status == 204
        assert service.headers["access-control-allow-origin"] == "https://shop.example"
        assert "authorization" in service.headers["access-control-allow-headers"]
        status, _ = await service.call(
            "POST", "/hooks/hook", "{}", origin="https://shop.example", content_type="text/plain"
        )
        assert status == 202
        assert service.headers["access-control-allow-origin"] == "https://shop.example"


async def test_a_page_of_another_origin_may_not() -> None:
    async with served(description({"hook": HOOK}, SINKS)) as service:
        await service.call("OPTIONS", "/hooks/hook", token=None, origin="https://evil.example")
        assert "access-control-allow-origin" not in service.headers
        assert (await service.call("POST", "/hooks/hook", "{}", origin="https://evil.example"))[0] == 403
        assert service.shell.open().admitted == {}


async def test_polls_come_at_their_interval_and_skip_what_has_not_changed() -> None:
    clock = Clock()
    async with receiver() as target:
        poll = {"type": "http", "url": target.url, "interval": 60, "items": "data.rows"}
        fresh = {"data": {"rows": [{"amount": 1}, {"amount": 2}]}}
        target.answers = [
            web.json_response(fresh, headers={"ETag": '"one"', "Last-Modified": "Mon, 01 Jan 2024 00:00:00 GMT"}),
            web.Response(status=304),
        ]
        async with served(description({"poll": poll}, SINKS), clock=clock) as service:
            service.shell.open()
            await until(lambda: service.shell.kernel.state["total"] == 3)
            clock.time += 59
            service.shell.wake()
            await asyncio.sleep(0.01)
            assert len(target.requests) == 1
            clock.time += 1
            service.shell.wake()
            await until(lambda: len(target.requests) == 2)
            assert target.requests[1][0]["if-none-match"] == '"one"'
            assert target.requests[1][0]["if-modified-since"] == "Mon, 01 Jan 2024 00:00:00 GMT"
            await until(lambda: not target.active)
            assert service.shell.kernel.state["count"] == 2


async def test_a_poll_takes_objects_arrays_and_scalars_and_outlives_trouble() -> None:
    clock = Clock()
    async with receiver() as target:
        poll = {"type": "http", "url": target.url, "interval": 60}
        target.answers = [
            web.Response(text="21.5"),
            web.Response(status=500),
            web.Response(text="{"),
            web.json_response([{"amount": 1}, {"amount": 2}]),
            web.json_response({"amount": 3}),
        ]
        async with served(description({"poll": poll}, SINKS), clock=clock) as service:
            service.shell.open()
            for number in range(5):
                await until(lambda number=number: len(target.requests) == number + 1 and not service.platform._tasks)
                clock.time += 60
                service.shell.wake()
            await until(lambda: service.shell.kernel.state["total"] == 6)
            assert service.shell.kernel.state["count"] == 4


async def test_a_poll_refuses_what_a_request_may_not_hold() -> None:
    clock = Clock()
    async with receiver() as target:
        poll = {"type": "http", "url": target.url, "interval": 60}
        bodies = ["NaN", "1e999", "1, 2", "[NaN]", '{"a": 1e999}', "[1, 2, 3]", "[1, 2]"]
        target.answers = [web.Response(text=body) for body in bodies]
        service_of_two = description({"poll": poll}, SINKS)
        service_of_two["limits"] = {**service_of_two["limits"], "batch": 2}
        async with served(service_of_two, clock=clock) as service:
            service.shell.open()
            for number in range(len(bodies)):
                await until(lambda number=number: len(target.requests) == number + 1 and not service.platform._tasks)
                assert service.shell.kernel.state["count"] == (2 if number == len(bodies) - 1 else 0)
                clock.time += 60
                service.shell.wake()


async def test_a_poll_waits_as_long_as_it_is_told() -> None:
    clock = Clock()
    async with receiver() as target:
        target.answers = [web.Response(status=429, headers={"Retry-After": "300"}), web.json_response({"amount": 1})]
        poll = {"type": "http", "url": target.url, "interval": 60}
        async with served(description({"poll": poll}, SINKS), clock=clock) as service:
            service.shell.open()
            await until(lambda: target.requests and not service.platform._tasks)
            clock.time += 299
            service.shell.wake()
            await asyncio.sleep(0.01)
            assert len(target.requests) == 1
            clock.time += 1
            service.shell.wake()
            await until(lambda: service.shell.kernel.state["total"] == 1)


class Feed:
    """A WebSocket server that a graph connects to."""

    def __init__(self) -> None:
        self.url = ""
        self.headers: list[dict[str, str]] = []
        self.heard: list[str] = []
        self.sockets: list[web.WebSocketResponse] = []

    async def answer(self, request: web.Request) -> web.WebSocketResponse:
        self.headers.append({name.lower(): value for name, value in request.headers.items()})
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        self.sockets.append(socket)
        async for message in socket:
            self.heard.append(message.data)
        return socket


@asynccontextmanager
async def feed() -> AsyncIterator[Feed]:
    found = Feed()
    application = web.Application()
    application.router.add_get("/", found.answer)
    async with listening(application) as url:
        found.url = url.replace("http", "ws")
        try:
            yield found
        finally:
            for socket in found.sockets:
                await socket.close()


async def test_an_outbound_connection_subscribes_and_takes_every_kind_of_message() -> None:
    async with feed() as server:
        source = {
            "type": "websocket",
            "url": server.url,
            "subscribe": ["hello", {"text": ["key ", {"secret": "KEY"}]}],
            "auth": {"bearer": {"text": [{"secret": "KEY"}]}},
        }
        secrets = {"STREAMFLOW_TOKEN": "s3cret-token", "KEY": "abc"}
        async with served(description({"feed": source}, SINKS), secrets=secrets) as service:
            service.shell.open()
            await until(lambda: server.heard == ["hello", "key abc"])
            assert server.headers[0]["authorization"] == "Bearer abc"
            [socket] = server.sockets
            for text in ('{"amount": 1}', '[{"amount": 10}, {"amount": 20}]', "{", '{"amount": 100}\n{"amount": 200}'):
                await socket.send_str(text)
            await until(lambda: service.shell.kernel.state["total"] == 331)
            letters = (await service.call("GET", "/dead-letters"))[1]["dead_letters"]
            assert [(letter["node"], letter["data"]) for letter in letters] == [("feed", "{")]
            assert not socket.closed


async def test_a_lost_connection_is_opened_again_after_growing_pauses() -> None:
    clock = Clock()
    async with feed() as server:
        source = {"type": "websocket", "url": server.url, "subscribe": ["hello"]}
        async with served(description({"feed": source}, SINKS), clock=clock) as service:
            service.shell.open()
            for number, pause in enumerate((1, 2, 4), 1):
                await until(lambda number=number: len(server.heard) == number)
                await server.sockets[-1].close()
                await until(lambda number=number: len(service.platform.logged) == number)  # type: ignore[attr-defined]
                clock.time += pause - 0.01
                service.shell.wake()
                await asyncio.sleep(0.01)
                assert len(server.sockets) == number
                clock.time += 0.01
                service.shell.wake()
            await until(lambda: len(server.heard) == 4)
            await server.sockets[-1].send_str("{}")
            await until(lambda: service.shell.kernel.state["count"] == 1)
            await server.sockets[-1].close()
            await until(lambda: service.platform.logged[-1].startswith("feed: connection closed"))  # type: ignore[attr-defined]
            clock.time += 1
            service.shell.wake()
            await until(lambda: len(server.heard) == 5)


async def test_an_alarm_watches_over_an_open_connection() -> None:
    clock = Clock()
    async with feed() as server:
        source = {"type": "websocket", "url": server.url, "heartbeat": 45}
        async with served(description({"feed": source}, SINKS), clock=clock) as service:
            alarms: list[float] = []
            service.platform.set_alarm = alarms.append  # type: ignore[method-assign]
            service.shell.open()
            await until(lambda: server.sockets)
            assert alarms == [1030.0]
            clock.time += 44
            service.shell.wake()
            assert alarms == [1030.0, 1045.0]
            clock.time += 1
            service.shell.wake()
            await until(lambda: server.sockets[0].closed)
            clock.time += 1
            service.shell.wake()
            await until(lambda: len(server.sockets) == 2)


async def test_what_a_connection_brings_puts_off_its_heartbeat_and_pauses_start_as_told() -> None:
    clock = Clock()
    async with feed() as server:
        source = {"type": "websocket", "url": server.url, "heartbeat": 10, "reconnect": 3}
        async with served(description({"feed": source}, SINKS), clock=clock) as service:
            service.shell.open()
            await until(lambda: server.sockets)
            clock.time += 9
            await server.sockets[0].send_str("{}")
            await until(lambda: service.shell.kernel.state["count"] == 1)
            clock.time += 9
            service.shell.wake()
            assert not server.sockets[0].closed
            clock.time += 1
            service.shell.wake()
            await until(lambda: server.sockets[0].closed)
            clock.time += 2.99
            service.shell.wake()
            await asyncio.sleep(0.01)
            assert len(server.sockets) == 1
            clock.time += 0.01
            service.shell.wake()
            await until(lambda: len(server.sockets) == 2)


async def test_a_full_buffer_closes_the_connection_until_there_is_room() -> None:
    clock = Clock()
    async with feed() as server, receiver() as target:
        target.answers = [500, 200]
        sinks = {"alerts": {"type": "http", "url": target.url}}
        source = {"type": "websocket", "url": server.url}
        service_description = description({"feed": source}, sinks, buffer={"packets": 1})
        async with served(service_description, kernel_with("alerts"), clock=clock) as service:
            service.shell.open()
            await until(lambda: server.sockets)
            await server.sockets[0].send_str(json.dumps([{"n": 1}, {"n": 2}]))
            await until(lambda: server.sockets[0].closed)
            assert server.sockets[0].close_code == 1013
            await until(lambda: not service.platform._tasks)
            clock.time += 1
            service.shell.wake()
            await until(lambda: not service.rows("_streamflow_outbox"))
            clock.time += 1
            service.shell.wake()
            await until(lambda: len(server.sockets) == 2)
