"""`batch` of sinks that write with the commit: whole batches, also behind a restart, and no longer than the delay."""

from __future__ import annotations

import pytest

from conformance.client import until
from conformance.conftest import served
from conformance.services import InProcess, OnWorkerd, compiled


def reading(n: int) -> dict[str, object]:
    return {"sensor": f"s{n}", "celsius": n + 0.5}


async def test_each_sink_gets_whole_batches(
    host: type[InProcess] | type[OnWorkerd], tmp_path_factory: pytest.TempPathFactory
) -> None:
    async with served(compiled("gathering"), host, tmp_path_factory.mktemp("gathering")) as client:
        await client.inject("readings", [reading(0), reading(1)])
        assert await client.call("GET", "/outputs/board") == (200, [])
        client.service.stop()
        client.service.start()
        async with client.socket("/subscribe/live") as live:
            await client.inject("readings", [reading(n) for n in range(2, 7)])
            assert await live.next() == [reading(0), reading(1), reading(2)]
            assert await live.next() == [reading(3), reading(4), reading(5)]
        assert await client.call("GET", "/outputs/board") == (200, [reading(n) for n in range(6)])
        await until(lambda: 'lines: {"sensor": "s5", "celsius": 5.5}' in client.service.log())
        assert client.service.log().count("lines: ") == 6
        client.service.stop()
        assert client.service.rows("SELECT sensor, celsius FROM readings ORDER BY rowid") == [
            (f"s{n}", n + 0.5) for n in range(6)
        ]
        client.service.start()


async def test_a_batch_that_is_not_full_waits_no_longer_than_its_delay(
    host: type[InProcess] | type[OnWorkerd], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("bell")
    async with served(compiled("gathering"), host, folder) as client, client.socket("/subscribe/bell") as bell:
        await client.inject("alarms", {"n": 1})
        await client.inject("alarms", {"n": 2})
        messages = await bell.next()
        while len(messages) < 2:
            messages += await bell.next()
        assert messages == [{"n": 1}, {"n": 2}]
