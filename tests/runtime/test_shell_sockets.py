"""Subscribers and data sockets."""

from __future__ import annotations

import asyncio
from typing import Any

import aiohttp
import pytest
from aiohttp import WSMsgType

from runtime.counting_kernel import kernel_with
from runtime.services import TOKEN, Service, description, served, until

AUTHORIZED = {"authorization": f"Bearer {TOKEN}"}
CLIENTS = description(
    {"clients": {"type": "websocket", "cors": ["https://shop.example"]}}, {"live": {"type": "websocket"}}
)
KERNEL = kernel_with("live", "tapped")


def connect(service: Service, path: str, **headers: str) -> Any:
    return service.http.ws_connect(service.url + path, headers={**AUTHORIZED, **headers})


async def test_subscribers_get_data_by_websocket() -> None:
    async with served(CLIENTS, KERNEL) as service:
        async with connect(service, "/subscribe/live") as one, connect(service, "/subscribe/tapped") as two:
            await service.call("POST", "/inject", [{"n": 1}, {"n": 2}])
            for socket in (one, two):
                assert [await socket.receive_json(), await socket.receive_json()] == [{"n": 1}, {"n": 2}]
        await until(lambda: not service.platform.sockets())
        assert (await service.call("POST", "/inject", {"n": 3}))[0] == 202


async def test_subscribers_get_data_as_server_sent_events() -> None:
    async with served(CLIENTS, KERNEL) as service:
        async with service.http.get(service.url + "/subscribe/live", headers=AUTHORIZED) as stream:
            assert stream.content_type == "text/event-stream"
            await until(service.platform.sockets)
            await service.call("POST", "/inject", {"text": "a\nb"})
            assert await stream.content.readuntil(b"\n\n") == b'id: clients:0\ndata: {"text": "a\\nb"}\n\n'
        await until(lambda: not service.platform.sockets())


async def test_a_node_that_is_not_served_has_a_hint() -> None:
    async with served(CLIENTS, KERNEL) as service:
        status, problem = await service.call("GET", "/subscribe/sum")
        assert (status, problem["detail"]) == (404, 'Add it to the graph: Graph(taps=["sum"]).')
        status, problem = await service.call("GET", "/subscribe/life")
        assert (status, problem["detail"]) == (404, "Did you mean live?")


async def test_a_sink_with_auth_of_its_own() -> None:
    sinks = {"live": {"type": "websocket", "auth": "none"}}
    async with served(description({"m": {"type": "manual"}}, sinks), KERNEL) as service:
        async with service.http.ws_connect(service.url + "/subscribe/live"):
            pass
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await service.http.ws_connect(service.url + "/subscribe/tapped")


async def test_messages_are_acknowledged_after_their_commit() -> None:
    async with served(CLIENTS, KERNEL) as service, connect(service, "/inject/clients") as socket:
        await socket.send_str('{"amount": 1}')
        assert await socket.receive_json() == {"accepted": 1, "offset": 1}
        await socket.send_str('[{"amount": 2}, {"amount": 3}]')
        assert await socket.receive_json() == {"accepted": 3, "offset": 2}
        await socket.send_bytes(b'{"amount": 4}\n{"amount": 5}')
        assert await socket.receive_json() == {"accepted": 5, "offset": 3}
        assert service.shell.kernel.state["total"] == 15


async def test_messages_that_come_together_are_one_commit() -> None:
    async with served(CLIENTS, KERNEL) as service, connect(service, "/inject/clients") as socket:
        for number in range(300):
            await socket.send_str(f'{{"amount": {number}}}')
        answer = {"offset": 0}
        answers = 0
        while answer["offset"] < 300:
            answer = await socket.receive_json()
            answers += 1
        assert answer == {"accepted": 300, "offset": 300}
        assert answers < 100
        assert max(service.shell.kernel.pushes) > 2


async def test_a_message_is_a_batch_within_the_limits() -> None:
    clients = description({"clients": {"type": "websocket"}}, limits={"body": 200, "batch": 3, "nesting": 2})
    async with served(clients) as service, connect(service, "/inject/clients") as socket:
        for text, error in [
            ('{"text": "' + "x" * 200 + '"}', "more than 200 bytes"),
            ("[1, 2, 3, 4]", "more than 3 events"),
            ("[[[1]]]", "values nest deeper than 2 levels"),
        ]:
            await socket.send_str(text)
            answer = await socket.receive_json()
            assert (answer["accepted"], [each["error"] for each in answer["malformed"]]) == (0, [error])


async def test_a_malformed_message_hurts_no_other() -> None:
    async with served(CLIENTS, KERNEL) as service:
        service.shell.open()
        async with connect(service, "/inject/clients") as socket:
            await until(service.platform.sockets)
            [server_side] = service.platform.sockets()
            texts: list[str | bytes] = ['{"amount": 1}', "{", '{"amount": 2}', b"\xff", "\ud800", "5", '{"amount": 3}']
            service.shell.socket_messages(server_side, texts)
            answer = await socket.receive_json()
            assert (answer["accepted"], answer["offset"]) == (3, 7)
            assert [each["message"] for each in answer["malformed"]] == [1, 3, 4, 5]
        figures = (await service.call("GET", "/metrics"))[1]
        assert figures["nodes"]["clients"]["messages_malformed"] == 4
        letters = (await service.call("GET", "/dead-letters"))[1]["dead_letters"]
        assert [letter["node"] for letter in letters] == ["clients"] * 4


async def test_a_client_resumes_where_it_was_durable(tmp_path) -> None:
    async with (
        served(CLIENTS, KERNEL, state=tmp_path / "state") as service,
        connect(service, "/inject/clients?client=till-7&from=0") as socket,
    ):
        for number in range(3):
            await socket.send_str(f'{{"amount": {10**number}}}')
        answer = {"offset": 0}
        while answer["offset"] < 3:
            answer = await socket.receive_json()
    async with served(CLIENTS, KERNEL, state=tmp_path / "state") as service:
        async with connect(service, "/inject/clients?client=till-7&from=1") as socket:
            for number in range(1, 5):
                await socket.send_str(f'{{"amount": {10**number}}}')
            answer = {"offset": 0}
            while answer["offset"] < 5:
                answer = await socket.receive_json()
            assert answer == {"accepted": 2, "offset": 5}
            assert service.shell.kernel.state["total"] == 11111
        assert (await service.call("GET", "/state"))[1]["entries"]["client/clients/till-7"] == 5


async def test_a_gap_in_a_clients_messages_is_refused() -> None:
    async with served(CLIENTS, KERNEL) as service:
        for query, status in (("client=a&from=5", 409), ("client=a&from=x", 400), (f"client={'a' * 300}", 400)):
            with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
                await connect(service, f"/inject/clients?{query}")
            assert refused.value.status == status


async def test_only_listed_origins_may_send() -> None:
    async with served(CLIENTS, KERNEL) as service:
        async with connect(service, "/inject/clients", origin="https://shop.example"):
            pass
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await connect(service, "/inject/clients", origin="https://evil.example")
        assert refused.value.status == 403


async def test_a_data_socket_needs_an_upgrade_and_its_source() -> None:
    sources = {**CLIENTS["sources"], "orders": {"type": "manual"}}
    async with served({**CLIENTS, "sources": sources}, KERNEL) as service:
        assert (await service.call("GET", "/inject/clients"))[0] == 426
        assert (await service.call("GET", "/inject/orders"))[0] == 405
        assert (await service.call("GET", "/inject/client"))[1]["detail"] == "Did you mean clients?"


async def test_a_full_buffer_closes_data_sockets() -> None:
    async with served(CLIENTS, KERNEL) as service, connect(service, "/inject/clients") as socket:
        service.shell.full = lambda source: True  # type: ignore[method-assign]
        await socket.send_str("{}")
        message = await socket.receive()
        assert (message.type, message.data) == (WSMsgType.CLOSE, 1013)
        assert service.shell.kernel.admitted == {}


async def test_a_failed_commit_closes_data_sockets_unacknowledged() -> None:
    async with served(CLIENTS, KERNEL) as service, connect(service, "/inject/clients?client=a") as socket:

        def fail(function: Any) -> None:
            raise OSError("disk full")

        working, service.platform.transaction = service.platform.transaction, fail  # type: ignore[method-assign]
        await socket.send_str('{"amount": 1}')
        message = await socket.receive()
        assert (message.type, message.data) == (WSMsgType.CLOSE, 1011)
        service.platform.transaction = working  # type: ignore[method-assign]
        async with connect(service, "/inject/clients?client=a&from=0") as again:
            await again.send_str('{"amount": 1}')
            assert await again.receive_json() == {"accepted": 1, "offset": 1}


async def test_a_reader_that_lags_is_cut_off(monkeypatch) -> None:
    monkeypatch.setattr("streamflow.host.local_sockets.LONGEST_QUEUE", 2)
    async with served(CLIENTS, KERNEL) as service, connect(service, "/subscribe/live") as socket:
        await until(service.platform.sockets)
        await service.call("POST", "/inject", [{"n": n} for n in range(5)])
        messages = [await asyncio.wait_for(socket.receive(), 1) for _ in range(3)]
        assert [message.type for message in messages] == [WSMsgType.TEXT, WSMsgType.TEXT, WSMsgType.CLOSE]
