"""What only the real runtime has: an object that sleeps, a cron trigger, a project of the user's own around it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import aiohttp
import pytest

from conformance.client import Client, until
from conformance.conftest import SECRETS, require_workerd
from conformance.outside import Outside
from conformance.services import OnWorkerd, compiled

pytestmark = pytest.mark.workerd

# The runtime puts an object to sleep after ten seconds without anything to do.
ASLEEP_S = 13

OWN_ENTRY = """
import js
import entry_of_bundle
from workers import WorkerEntrypoint


class Default(entry_of_bundle.Default):
    async def fetch(self, request):
        if request.url.endswith("/cron"):
            await self.scheduled(None, None, None)
            return js.Response.new("woken")
        return await super().fetch(request)


class StreamProcessor(entry_of_bundle.StreamProcessor):
    def __init__(self, ctx, env):
        super().__init__(ctx, env)
        self.seen = 0

    async def fetch(self, request):
        self.seen += 1
        if request.url.endswith("/metrics?own"):
            return js.Response.new(f"own {self.seen}")
        return await super().fetch(request)
"""


async def test_the_cron_trigger_wakes_an_object_that_may_be_subclassed(tmp_path: Path) -> None:
    with Outside().running() as outside:
        service = OnWorkerd(compiled("everyday"), tmp_path, {**SECRETS, **outside.secrets})
        entry = service.bundle / "src" / "entry.py"
        entry.rename(entry.with_name("entry_of_bundle.py"))
        entry.write_text(OWN_ENTRY)
        with _running(service):
            async with aiohttp.ClientSession() as http:
                client = Client(service, outside, http)
                assert await client.call("GET", "/healthz", token=None) == (200, "")
                assert outside.handshakes == []  # nobody has woken it
                assert await client.call("GET", "/cron", token=None) == (200, "woken")
                await until(lambda: outside.handshakes)
                await client.inject("orders", {"count": 1})
                assert await client.call("GET", "/metrics?own") == (200, "own 2")


@pytest.mark.slow
async def test_a_subscriber_outlives_the_sleep_of_the_object_and_a_sender_goes_on_after_it(tmp_path: Path) -> None:
    with Outside().running() as outside:
        service = OnWorkerd(compiled("quiet"), tmp_path, SECRETS)
        with _running(service):
            async with aiohttp.ClientSession() as http:
                client = Client(service, outside, http)
                async with client.socket("/subscribe/out") as out:
                    async with client.socket("/inject/lines?client=c") as lines:
                        await lines.send('{"n": 1}')
                        assert await out.next() == {"n": 1}
                        assert await lines.next() == {"accepted": 1, "offset": 1}
                        await asyncio.sleep(ASLEEP_S)
                        assert await _is_awake(client)  # as long as somebody may send
                    await asyncio.sleep(ASLEEP_S)
                    assert not await _is_awake(client)
                    await asyncio.sleep(ASLEEP_S)
                    async with client.socket("/inject/lines?client=c&from=1") as lines:
                        await lines.send('{"n": 2}', '{"n": 3}')
                        assert [await out.next(), await out.next()] == [{"n": 2}, {"n": 3}]
                        answer = await lines.next()
                        while answer["offset"] < 3:
                            answer = await lines.next()
                        assert answer == {"accepted": 2, "offset": 3}


async def _is_awake(client: Client) -> bool:
    """Whether the object has measured anything since it was made; latencies are in memory only."""
    _, figures = await client.call("GET", "/metrics")
    return "average_latency" in figures["nodes"]["lines"]


@contextmanager
def _running(service: OnWorkerd) -> Iterator[None]:
    require_workerd()
    service.start()
    try:
        yield
    finally:
        service.stop()
