"""An error that stops the graph: what is answered meanwhile, and how it goes on."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator

import aiohttp
import pytest

from conformance.client import Client
from conformance.conftest import served
from conformance.services import InProcess, OnWorkerd, compiled


@pytest.fixture
async def client(
    host: type[InProcess] | type[OnWorkerd], tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Client]:
    """A client of `stopping`, served afresh."""
    async with served(compiled("stopping"), host, tmp_path_factory.mktemp("stopping")) as client:
        yield client


async def outputs(client: Client, sink: str) -> list[int]:
    status, found = await client.call("GET", f"/outputs/{sink}")
    assert status == 200
    return [data["n"] for data in found]


async def test_of_batches_that_come_at_once_none_is_taken_behind_one_that_stops_it(client: Client) -> None:
    bad = [{"n": n, "bad": True} for n in range(10)]
    answers = await asyncio.gather(*(client.call("POST", "/inject/orders", one) for one in bad))
    assert sorted(status for status, _ in answers) == [202, *[503] * 9]
    assert {answer["title"] for status, answer in answers if status == 503} == {"The graph is stopped"}


async def test_it_stops_where_a_packet_fails_and_goes_on_there(client: Client) -> None:
    assert (await client.call("POST", "/resume"))[0] == 409
    assert (await client.call("GET", "/metrics"))[1]["stopped"] is None
    batch = [{"n": 1}, {"n": 2, "bad": True}, {"n": 3}]
    status, answer = await client.call("POST", "/inject/orders", batch, idempotency_key="one")
    assert (status, answer) == (202, {"accepted": 3, "batch_id": "one"})
    assert (await outputs(client, "good"), await outputs(client, "all")) == ([1], [1])

    status, answer = await client.call("POST", "/inject/orders", {"n": 4})
    assert status == 503
    assert client.headers["content-type"] == "application/problem+json"
    assert client.headers["retry-after"] == "5"
    assert answer["title"] == "The graph is stopped"
    status, answer = await client.call("POST", "/inject/orders", batch, idempotency_key="one")
    assert (status, answer["accepted"]) == (202, 3)
    assert await client.call("GET", "/healthz", token=None) == (503, "")
    stopped = (await client.call("GET", "/metrics"))[1]["stopped"]
    assert {name: stopped[name] for name in ("node", "packet", "error", "type")} == {
        "node": "check",
        "packet": "orders:1",
        "error": "never",
        "type": "ValueError",
    }
    assert stopped["line"] == 9
    assert abs(stopped["since"] - time.time()) < 600
    assert (await client.call("GET", "/dead-letters"))[1] == {"dead_letters": []}

    client.service.stop()
    client.service.start()
    assert await client.call("GET", "/healthz", token=None) == (503, "")
    assert (await client.call("POST", "/resume?skip=2"))[0] == 400
    status, answer = await client.call("POST", "/resume")
    assert (status, answer["stopped"]["packet"]) == (200, "orders:1")
    assert await client.call("POST", "/resume?skip=1") == (200, {"stopped": None})
    assert (await outputs(client, "good"), await outputs(client, "all")) == ([1, 3], [1, 2, 3])
    [letter] = (await client.call("GET", "/dead-letters"))[1]["dead_letters"]
    assert {name: letter[name] for name in ("node", "data", "error", "line")} == {
        "node": "check",
        "data": {"n": 2, "bad": True},
        "error": "never",
        "line": 9,
    }
    assert await client.call("GET", "/healthz", token=None) == (200, "")
    assert (await client.call("POST", "/inject/orders", {"n": 4}))[0] == 202


async def test_clients_that_send_are_sent_away_and_come_back(client: Client) -> None:
    async with client.socket("/inject/clients?client=a") as sender, client.socket("/inject/clients") as other:
        await sender.send('{"n": 1, "bad": true}')
        assert await sender.next() == {"accepted": 1, "offset": 1}
        for socket in (sender, other):
            message = await socket.connection.receive(timeout=10)
            assert message.type is aiohttp.WSMsgType.CLOSE
            assert message.data == 1013
    async with client.socket("/inject/clients?client=a&from=1") as sender:
        await sender.send('{"n": 2}')
        message = await sender.connection.receive(timeout=10)
        assert (message.type, message.data) == (aiohttp.WSMsgType.CLOSE, 1013)
    assert await client.call("POST", "/resume?skip=1") == (200, {"stopped": None})
    async with client.socket("/inject/clients?client=a&from=1") as sender:
        await sender.send('{"n": 2}')
        assert await sender.next() == {"accepted": 1, "offset": 2}
    assert await outputs(client, "good") == [2]
