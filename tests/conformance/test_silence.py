"""A connection that the graph opened and that has fallen silent."""

from __future__ import annotations

import asyncio
from pathlib import Path

import aiohttp

from conformance.client import PATIENCE_S, Client, until
from conformance.conftest import SECRETS
from conformance.outside import Outside
from conformance.services import InProcess, OnWorkerd, compiled


async def test_a_silent_connection_is_opened_again_and_takes_what_comes(
    host: type[InProcess] | type[OnWorkerd], tmp_path: Path
) -> None:
    with Outside().running() as outside:
        service = host(compiled("silent"), tmp_path, {**SECRETS, **outside.secrets})
        service.start()
        try:
            async with aiohttp.ClientSession() as http:
                client = Client(service, outside, http)
                assert await client.call("GET", "/outputs/out") == (200, [])  # a request wakes the object
                await until(lambda: outside.subscribed[:3] == ["hello"] * 3)
                async with asyncio.timeout(PATIENCE_S):
                    while (await client.call("GET", "/outputs/out"))[1][:1] != [{"n": 1}]:
                        outside.feed('{"n": 1}')
        finally:
            service.stop()
