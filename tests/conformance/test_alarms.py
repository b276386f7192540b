"""Alarms that are set, while one rings, for a time that has come already."""

from __future__ import annotations

import asyncio
from pathlib import Path

from conformance.client import PATIENCE_S
from conformance.conftest import served
from conformance.services import InProcess, OnWorkerd, compiled

TICKS = 3000


async def test_no_alarm_is_lost(host: type[InProcess] | type[OnWorkerd], tmp_path: Path) -> None:
    async with served(compiled("restless"), host, tmp_path) as client, asyncio.timeout(PATIENCE_S):
        await client.call("GET", "/metrics")
        await asyncio.sleep(3)  # nobody else wakes the object meanwhile
        while await client.processed("tick") < TICKS:
            await asyncio.sleep(1)
