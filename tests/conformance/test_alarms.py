"""Alarms that are set, while one rings, for a time that has come already."""

from __future__ import annotations

import asyncio
from pathlib import Path

import aiohttp

from conformance.client import PATIENCE_S, Client
from conformance.conftest import SECRETS
from conformance.outside import Outside
from conformance.services import InProcess, OnWorkerd, compiled

TICKS = 3000


async def test_no_alarm_is_lost(host: type[InProcess] | type[OnWorkerd], tmp_path: Path) -> None:
    service = host(compiled("restless"), tmp_path, SECRETS)
    service.start()
    try:
        async with aiohttp.ClientSession() as http, asyncio.timeout(PATIENCE_S):
            client = Client(service, Outside(), http)
            await client.call("GET", "/metrics")
            await asyncio.sleep(3)  # nobody else wakes the object meanwhile
            while await client.processed("tick") < TICKS:
                await asyncio.sleep(1)
    finally:
        service.stop()
