"""A connection that the graph opened and that has fallen silent."""

from __future__ import annotations

import asyncio
from pathlib import Path

from conformance.client import PATIENCE_S, until
from conformance.conftest import served
from conformance.services import InProcess, OnWorkerd, compiled


async def test_a_silent_connection_is_opened_again_and_takes_what_comes(
    host: type[InProcess] | type[OnWorkerd], tmp_path: Path
) -> None:
    async with served(compiled("silent"), host, tmp_path) as client:
        outside = client.outside
        assert await client.call("GET", "/outputs/out") == (200, [])  # a request wakes the object
        await until(lambda: outside.subscribed[:3] == ["hello"] * 3)
        async with asyncio.timeout(PATIENCE_S):
            while (await client.call("GET", "/outputs/out"))[1][:1] != [{"n": 1}]:
                outside.feed('{"n": 1}')
