"""The programs of samples/gallery.py, each served in process and on the real runtime with real bindings."""

from __future__ import annotations

import asyncio
import runpy
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from conformance.client import PATIENCE_S, Client
from conformance.conftest import SECRETS, require_workerd
from conformance.outside import Outside
from conformance.services import InProcess, OnWorkerd
from conformance.test_bound import OnMiniflare
from streamflow import compile_graph

GALLERY = Path(__file__).parents[2] / "samples" / "gallery.py"
KEYS = {"INTAKE_TOKEN": "in!", "ALERT_KEY": SECRETS["SIGNING_KEY"], "TSDB": "tsdb!"}


@pytest.fixture(scope="module")
def graphs() -> dict[str, Any]:
    return runpy.run_path(str(GALLERY))


@asynccontextmanager
async def served(host: type[InProcess] | type[OnWorkerd], graph: Any, folder: Path) -> AsyncIterator[Client]:
    if host is OnWorkerd:
        require_workerd("miniflare")
        host = OnMiniflare
    service = host(compile_graph(graph), folder, {**SECRETS, **KEYS})
    service.start()
    try:
        async with aiohttp.ClientSession() as http:
            yield Client(service, Outside(), http)
    finally:
        service.stop()


async def processed(client: Client, node: str, count: int) -> None:
    """Wait until a node has processed that many packets."""
    async with asyncio.timeout(PATIENCE_S):
        while (found := await client.processed(node)) < count:
            await asyncio.sleep(0.1)
    assert found == count


async def test_the_detector_reports_large_payments_and_frequent_ones(
    host: type[InProcess] | type[OnWorkerd], graphs: dict[str, Any], tmp_path: Path
) -> None:
    payments = [{"id": number, "account": "a", "amount": 5000 if number == 3 else 10} for number in range(12)]
    async with served(host, graphs["detector"], tmp_path) as client:
        assert (await client.call("POST", "/hooks/transactions", payments))[0] == 401
        async with client.socket("/subscribe/alerts") as alerts:
            for _ in range(2):  # the second time all are duplicates
                assert (await client.call("POST", "/hooks/transactions", payments, token="in!"))[0] == 202
            kinds = [(await alerts.next())["kind"] for _ in range(2)]
        assert kinds == ["amount", "frequency"]
        await processed(client, "alerts", 2)


async def test_sensors_are_summed_up_for_scraping(
    host: type[InProcess] | type[OnWorkerd], graphs: dict[str, Any], tmp_path: Path
) -> None:
    def reading(time: float, **fields: Any) -> dict[str, Any]:
        return {"device": "roof", "sensor": "temperature", "value": 20.5, "time": 1_700_000_000 + time, **fields}

    async with served(host, graphs["readings"], tmp_path) as client:
        await client.inject("readings", [reading(0), reading(10, value=21.5), reading(20, sensor="noise")])
        await client.inject("readings", [{"device": "roof"}, {**reading(0), "value": None}, reading(500)])
        status, text = await client.call("GET", "/outputs/gauges")
        assert status == 200
        assert 'gauges_mean{sensor="temperature",device="roof"} 21' in text
        assert len(client.service.rows("SELECT * FROM rejects")) == 1


async def test_visits_end_after_a_pause(
    host: type[InProcess] | type[OnWorkerd], graphs: dict[str, Any], tmp_path: Path
) -> None:
    clicks = [{"user": "u", "page": page, "at": 1_700_000_000.0 + at} for at, page in enumerate(["/", "/checkout"])]
    later = {"user": "v", "page": "/", "at": 1_700_009_000.0}
    shop = "https://shop.example.com"
    async with served(host, graphs["visits"], tmp_path) as client, client.socket("/subscribe/live") as live:
        for click in [*clicks, {**later, "at": "soon"}, later]:
            status, _ = await client.call("POST", "/hooks/clicks", click, token=None, origin=shop)
            assert status == 202
        visit = {"user": "u", "seconds": 1.0, "pages": 2, "landing": "/", "bought": True}
        assert await live.next() == visit
        await processed(client, "warehouse", 1)


async def test_orders_are_routed_priced_and_paid(
    host: type[InProcess] | type[OnWorkerd], graphs: dict[str, Any], tmp_path: Path
) -> None:
    orders = [
        {"order_id": 1, "sku": "a", "total": 5, "customer": "c"},  # nobody answers for its price
        {"order_id": 2, "sku": "b", "total": -5, "customer": "c"},
        {"order_id": 3, "sku": "c", "total": 20_000, "customer": "c"},
        {"order_id": 4, "sku": "d", "total": 20_000, "customer": "c", "vip": True},
    ]
    async with served(host, graphs["orders"], tmp_path) as client:
        assert (await client.call("POST", "/hooks/payments", {"order_id": 1}, token=None))[0] == 202
        await client.inject("orders", orders)
        await processed(client, "review", 3)
        figures = (await client.call("GET", "/metrics"))[1]["nodes"]
        assert figures["kind"]["packets_processed"] == 4
        assert figures["book"]["packets_processed"] == 0


@pytest.mark.slow
async def test_the_pulse_is_written_as_lines(
    host: type[InProcess] | type[OnWorkerd], graphs: dict[str, Any], tmp_path: Path
) -> None:
    async with served(host, graphs["pulse"], tmp_path) as client, client.socket("/subscribe/tsdb") as lines:
        assert (await lines.next()).startswith("line n=")
