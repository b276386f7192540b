"""Twenty kills at random moments under load: nothing that was acknowledged is lost, nothing counts twice."""

from __future__ import annotations

import asyncio
import json
import random
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from conformance.client import until
from conformance.conftest import require_workerd
from conformance.outside import Outside
from conformance.services import TOKEN, OnWorkerd, compiled

KILLS = 20
SENDERS = 4
BATCH = 5

pytestmark = [pytest.mark.workerd, pytest.mark.slow, pytest.mark.timeout(300)]


async def test_twenty_kills_lose_nothing_and_count_nothing_twice(tmp_path: Path) -> None:
    require_workerd()
    seed = random.randrange(1 << 32)
    print(f"seed {seed}")
    chance = random.Random(seed)
    with Outside().running() as outside:
        service = OnWorkerd(compiled("ledger"), tmp_path, {"STREAMFLOW_TOKEN": TOKEN, **outside.secrets})
        service.start()
        try:
            load = Load(service.url, chance)
            senders = [asyncio.create_task(load.send()) for _ in range(SENDERS)]
            for _ in range(KILLS):
                acknowledged = load.acknowledged
                await until(lambda before=acknowledged: load.acknowledged > before)  # type: ignore[misc]
                await asyncio.sleep(chance.random() * 0.3)
                await asyncio.to_thread(service.server.kill)
                await asyncio.to_thread(service.start)
            load.enough = True
            await asyncio.gather(*senders)
            # Only the alarm wakes the object from here on.
            await until(lambda: len(_delivered(outside, "/entry")) >= load.entries)
            await until(lambda: len(_delivered(outside, "/sum")) >= load.entries // 10)
            listed = await load.get("/dead-letters")
            state = await load.get("/metrics")
        finally:
            service.stop()
    entries = _delivered(outside, "/entry")
    assert load.resent > 0, "no kill came between a request and its answer"
    assert sorted(entry["id"] for entry in entries) == list(range(load.entries))
    assert {entry["id"]: entry["amount"] for entry in entries} == load.amounts
    assert listed == {"dead_letters": []}
    assert state["nodes"]["entries"]["packets_processed"] == load.entries
    sums = _delivered(outside, "/sum")
    assert len(sums) == load.entries // 10
    if load.entries % 10 == 0:
        assert sum(sums) == sum(load.amounts.values())
    assert len(outside.requests["/entry"]) >= len(entries)


class Load:
    """Senders that send batches with an id, and again with the same id until they hear that it is accepted."""

    def __init__(self, url: str, chance: random.Random) -> None:
        self.url = url
        self.chance = chance
        self.enough = False
        self.entries = self.acknowledged = self.resent = 0
        self.amounts: dict[int, int] = {}

    async def send(self) -> None:
        """One batch after the other until it is enough."""
        async with aiohttp.ClientSession() as http:
            while not self.enough:
                batch = [self._entry() for _ in range(BATCH)]
                while not await self._accepted(http, batch):
                    self.resent += 1
                    await asyncio.sleep(0.05)
                self.acknowledged += 1

    async def get(self, path: str) -> Any:
        """What the service answers."""
        headers = {"authorization": f"Bearer {TOKEN}"}
        async with aiohttp.ClientSession() as http, http.get(self.url + path, headers=headers) as response:
            return await response.json()

    def _entry(self) -> dict[str, int]:
        entry = {"id": self.entries, "amount": self.chance.randrange(1000), "sign": self.chance.choice((1, -1))}
        self.amounts[self.entries] = entry["amount"] * entry["sign"]
        self.entries += 1
        return entry

    async def _accepted(self, http: aiohttp.ClientSession, batch: list[dict[str, int]]) -> bool:
        headers = {"authorization": f"Bearer {TOKEN}", "idempotency-key": f"batch-{batch[0]['id']}"}
        timeout = aiohttp.ClientTimeout(total=10)
        try:
            async with http.post(
                self.url + "/inject/entries", json=batch, headers=headers, timeout=timeout
            ) as response:
                answer = await response.text()
        except (aiohttp.ClientError, TimeoutError):
            return False
        assert response.status in (202, 429, 500, 503), answer
        return response.status == 202


def _delivered(outside: Outside, path: str) -> list[Any]:
    """What a sink has heard, each key once; the same key always comes with the same body."""
    bodies: dict[str, bytes] = {}
    for headers, body in list(outside.requests[path]):
        assert bodies.setdefault(headers["idempotency-key"], body) == body
    return [json.loads(body) for body in bodies.values()]
