"""Sources of type sse: what a stream may look like, and where it goes on."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from runtime.services import Clock, Service, description, listening, served, until
from streamflow_runtime.sse_source import EventParser

STREAM = (
    b'\xef\xbb\xbf: hello\ndata: {"n": 1}\nid: a\n\nevent: tick\r\ndata:{"n":\r\ndata: 2}\rid: b\r\rretry: 250\n\n'
    b"data\n\n"
)


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
def test_pieces_of_any_size_are_the_same_events(size: int) -> None:
    parser = EventParser("", 1000)
    events = []
    for start in range(0, len(STREAM), size):
        parser.feed(STREAM[start : start + size])
        events += parser.take()
    assert events == ['{"n": 1}', '{"n":\n2}', ""]
    assert (parser.last, parser.retry) == ("b", 0.25)


def test_fields_that_are_none() -> None:
    parser = EventParser("before", 1000)
    parser.feed(b"id: a\0b\nretry: 1s\ndata: x\nother: y\n\ndata: unfinished\n")
    assert (parser.take(), parser.last, parser.retry) == (["x"], "before", None)
    parser.feed(b"id\n\ndata: \xff\n\n")
    assert (parser.take(), parser.last) == (["unfinished", b"\xff"], "")
    with pytest.raises(ValueError, match="more than 1000 bytes"):
        parser.feed(b"data: " + b"x" * 1000)


class Streams:
    """A server of event streams. `script`: what each connection gets, the last one from then on; None is silent."""

    def __init__(self) -> None:
        self.url = ""
        self.asked: list[dict[str, str]] = []
        self.script: list[tuple[int, bytes | None]] = []

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.asked.append({name.lower(): value for name, value in request.headers.items()})
        status, body = self.script.pop(0) if len(self.script) > 1 else self.script[0]
        if status != 200:
            return web.Response(status=status)
        response = web.StreamResponse(headers={"content-type": "text/event-stream; charset=utf-8"})
        await response.prepare(request)
        await response.write(body or b": nothing\n\n")
        if body is None:
            await asyncio.sleep(3600)
        return response


@asynccontextmanager
async def streams(*script: tuple[int, bytes | None]) -> AsyncIterator[Streams]:
    found = Streams()
    found.script = list(script)
    application = web.Application()
    application.router.add_get("/events", found.answer)
    async with listening(application) as url:
        found.url = f"{url}/events"
        yield found


def feed(server: Streams, **options: Any) -> dict[str, Any]:
    return description({"feed": {"type": "sse", "url": server.url, **options}}, {"alerts": {"type": "log"}})


async def again(service: Service, clock: Clock) -> None:
    clock.time += 61
    service.shell.wake()


async def test_a_stream_goes_on_behind_the_last_event() -> None:
    clock = Clock()
    script = [
        (200, b'data: {"n": 1}\nid: 1\n\ndata: [{"n": 2}, {"n": 3}]\nid: 2\n\ndata: {"n": 9}'),
        (503, None),
        (200, None),
    ]
    options = {"headers": {"X-Shop": "Ulm"}, "auth": {"bearer": {"text": [{"secret": "KEY"}]}}}
    secrets = {"STREAMFLOW_TOKEN": "t", "KEY": "abc"}
    async with streams(*script) as server, served(feed(server, **options), clock=clock, secrets=secrets) as service:
        service.shell.open()
        await until(lambda: "the stream has ended" in str(service.platform.logged))  # type: ignore[attr-defined]
        assert service.shell.open().admitted == {"feed": 3}
        await again(service, clock)
        await until(lambda: "503" in str(service.platform.logged))  # type: ignore[attr-defined]
        await again(service, clock)
        await until(lambda: len(server.asked) == 3)
        assert [headers.get("last-event-id") for headers in server.asked] == [None, "2", "2"]
        assert {headers["authorization"] for headers in server.asked} == {"Bearer abc"}
        assert {headers["x-shop"] for headers in server.asked} == {"Ulm"}
        assert {headers["accept"] for headers in server.asked} == {"text/event-stream"}


async def test_the_last_id_outlives_a_kill(tmp_path: Path) -> None:
    file = tmp_path / "state.sqlite"
    async with streams((200, b"id: 7\ndata: {}\n\n"), (200, None)) as server:
        async with served(feed(server), state=file) as service:
            await until(lambda: service.shell.open().admitted == {"feed": 1})
        async with served(feed(server), state=file) as service:
            service.shell.open()
            await until(lambda: len(server.asked) == 2)
            assert service.shell.open().admitted == {"feed": 1}
        assert server.asked[1]["last-event-id"] == "7"


async def test_what_does_not_parse_hurts_no_other() -> None:
    async with (
        streams((200, b'data: {"n": 1}\n\ndata: hello\n\ndata: \xff\n\ndata: {"n": 2}\n\n'), (204, None)) as server,
        served(feed(server)) as service,
    ):
        await until(lambda: service.shell.open().admitted == {"feed": 2})
        figures = (await service.call("GET", "/metrics"))[1]
        assert figures["nodes"]["feed"]["messages_malformed"] == 2
        letters = (await service.call("GET", "/dead-letters"))[1]["dead_letters"]
        assert [letter["data"] for letter in letters] == ["hello", "\ufffd"]


async def test_204_ends_it() -> None:
    clock = Clock()
    async with streams((204, None)) as server, served(feed(server), clock=clock) as service:
        service.shell.open()
        await until(lambda: "204" in str(service.platform.logged))  # type: ignore[attr-defined]
        for _ in range(3):
            await again(service, clock)
        await asyncio.sleep(0.05)
        assert len(server.asked) == 1


async def test_another_answer_is_no_stream() -> None:
    async def page(request: web.Request) -> web.Response:
        return web.json_response({"data": 1})

    application = web.Application()
    application.router.add_get("/", page)
    async with listening(application) as url:
        graph = description({"feed": {"type": "sse", "url": url}}, {"alerts": {"type": "log"}})
        async with served(graph) as service:
            service.shell.open()
            await until(lambda: "answered 200 application/json" in str(service.platform.logged))  # type: ignore[attr-defined]
            assert json.dumps(service.shell.open().admitted) == "{}"
