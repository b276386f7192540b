"""Access: closed by default, bearer tokens, nodes with auth of their own."""

from __future__ import annotations

import asyncio

import aiohttp
import pytest

from runtime.services import TOKEN, description, served

HOOK = {"hook": {"type": "webhook", "path": "/hooks/hook"}}


async def test_everything_needs_the_token() -> None:
    async with served() as service:
        for method, path in [("POST", "/inject"), ("GET", "/metrics"), ("GET", "/state"), ("GET", "/nowhere")]:
            for token in (None, "wrong", TOKEN + "x"):
                status, problem = await service.call(method, path, token=token)
                assert status == 401
                assert problem["title"] == "A valid bearer token is needed"
                assert service.headers["www-authenticate"] == "Bearer"
        assert service.shell.kernel is None


async def test_another_scheme_is_refused() -> None:
    async with served() as service:
        assert (await service.call("GET", "/metrics", token=None, authorization=f"Basic {TOKEN}"))[0] == 401
        assert (await service.call("GET", "/metrics", token=None, authorization=f"bearer {TOKEN}"))[0] == 200


async def test_without_a_configured_token_nobody_comes_in() -> None:
    async with served(secrets={}) as service:
        status, problem = await service.call("POST", "/inject", {})
        assert status == 503
        assert "wrangler secret put STREAMFLOW_TOKEN" in problem["detail"]
        assert "retry-after" in service.headers


async def test_health_says_nothing_else_and_needs_nothing() -> None:
    async with served(secrets={}) as service:
        assert await service.call("GET", "/healthz", token=None) == (200, "")
        service.shell.stop()
        assert await service.call("GET", "/healthz", token=None) == (503, "")


async def test_a_browser_authorises_a_websocket_by_subprotocol() -> None:
    async with served() as service:
        socket = await service.http.ws_connect(service.url + "/subscribe/alerts", protocols=[f"bearer.{TOKEN}"])
        assert socket.protocol == f"bearer.{TOKEN}"
        await socket.close()
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await service.http.ws_connect(service.url + "/subscribe/alerts", protocols=["bearer.wrong"])
        assert refused.value.status == 401


async def test_a_node_has_auth_of_its_own() -> None:
    text = {"text": [{"secret": "HOOK_KEY"}]}
    sources = {"hook": {**HOOK["hook"], "auth": {"bearer": text}}, "open": {"type": "websocket", "auth": "none"}}
    async with served(description(sources), secrets={"STREAMFLOW_TOKEN": TOKEN, "HOOK_KEY": "hook-key"}) as service:
        assert (await service.call("POST", "/hooks/hook", {}, token="hook-key"))[0] == 202
        assert (await service.call("POST", "/hooks/hook", {}))[0] == 401
        assert (await service.call("POST", "/inject/hook", {}, token="hook-key"))[0] == 401
        assert (await service.call("POST", "/inject/open", {}, token=None))[0] == 202


async def test_credentials_for_an_outbound_source_open_nothing() -> None:
    sources = {"feed": {"type": "http", "url": "http://127.0.0.1:9", "interval": 3600, "auth": "none"}}
    async with served(description(sources)) as service:
        assert (await service.call("POST", "/inject/feed", {}, token=None))[0] == 401


async def test_a_missing_secret_refuses_and_names_it() -> None:
    sink = {"type": "http", "url": "http://127.0.0.1:9", "headers": {"x-key": {"text": [{"secret": "SINK_KEY"}]}}}
    async with served(description({"orders": {"type": "manual"}}, {"alerts": sink})) as service:
        status, problem = await service.call("POST", "/inject", {})
        assert status == 503
        assert "SINK_KEY" in problem["detail"]


async def test_any_bytes_in_a_header_are_a_wrong_token() -> None:
    async with served() as service:
        for token in (b"\xff", b"\xed\xa0\x80"):
            host, _, port = service.url.removeprefix("http://").partition(":")
            reader, writer = await asyncio.open_connection(host, int(port))
            writer.write(b"GET /metrics HTTP/1.0\r\nAuthorization: Bearer " + token + b"\r\n\r\n")
            assert (await reader.readline()).split()[1] == b"401"
            writer.close()
