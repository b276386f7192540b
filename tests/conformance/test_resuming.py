"""Sources whose `url` and `subscribe` are functions of their last committed packet, over losses and restarts."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

from conformance.client import PATIENCE_S, until
from conformance.conftest import served
from conformance.services import InProcess, OnWorkerd, compiled


async def test_a_source_goes_on_behind_its_last_packet(host: type[InProcess] | type[OnWorkerd], tmp_path: Path) -> None:
    async with served(compiled("resuming"), host, tmp_path) as client:
        service, outside = client.service, client.outside

        async def kept(sink: str, *numbers: int) -> None:
            async with asyncio.timeout(PATIENCE_S):
                while [each["n"] for each in (await client.call("GET", f"/outputs/{sink}"))[1]] != [*numbers]:
                    await asyncio.sleep(0.02)

        await kept("read", 0, 1, 2, 3)  # each page says which one is next, and the last one is empty
        await until(lambda: len(outside.subscribed) == 2)
        outside.feed('{"n": 7}')
        await kept("fed", 7)
        outside.hang_up()
        await until(lambda: len(outside.subscribed) == 4)
        service.stop()
        service.start()
        await kept("fed", 7)
        await until(lambda: len(outside.subscribed) == 6)
    assert outside.subscribed[::2] == ["hello"] * 3
    assert [json.loads(text)["after"] for text in outside.subscribed[1::2]] == [None, 7, 7]
    assert outside.pages[:3] == [0, 2, 4] and set(outside.pages[2:]) == {4}
