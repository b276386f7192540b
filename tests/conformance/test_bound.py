"""The platform's own stores: stand-ins in process, Miniflare's real bindings on workerd."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import aiohttp
import pytest

from conformance.client import Client, until
from conformance.conftest import SECRETS, require_workerd
from conformance.outside import Outside
from conformance.services import InProcess, OnWorkerd, Service, compiled
from streamflow.host.workerd import MiniflareServer, dry_run


class OnMiniflare(OnWorkerd):
    """The bundle on the real runtime, with its bindings."""

    server_class = MiniflareServer


@pytest.fixture(scope="module")
def bound_service(
    host: type[InProcess] | type[OnWorkerd], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Service, Path]]:
    folder = tmp_path_factory.mktemp("bound")
    if host is OnWorkerd:
        require_workerd("miniflare")
        host = OnMiniflare
    service = host(compiled("bound"), folder, SECRETS)
    service.start()
    try:
        yield service, folder
    finally:
        service.stop()


@pytest.fixture
async def bound(bound_service: tuple[Service, Path]) -> AsyncIterator[Client]:
    async with aiohttp.ClientSession() as http:
        yield Client(bound_service[0], Outside(), http)


async def test_kv_holds_the_newest_output_of_each_key(bound: Client, bound_service: tuple[Service, Path]) -> None:
    prices = [{"symbol": "Zoë", "price": n} for n in range(3)] + [{"symbol": "b", "price": 2.0}]
    await bound.inject("prices", prices)
    folder = bound_service[1]
    await until(lambda: _entries(folder).items() >= {("price/Zoë", 2), ("price/b", 2)})


async def test_data_points_are_taken_and_what_makes_none_is_a_dead_letter(
    bound: Client, bound_service: tuple[Service, Path]
) -> None:
    """Nothing reads what Miniflare takes, so there only the refusal shows; deliveries are at their end then."""
    await bound.call("DELETE", "/dead-letters")
    await bound.inject("prices", [{"symbol": "p", "price": 1.5}, {"symbol": "q", "price": "high"}])
    letters: list[dict[str, object]] = []
    while not letters:
        letters = (await bound.call("GET", "/dead-letters"))[1]["dead_letters"]
    assert [(letter["node"], letter["data"]) for letter in letters] == [("points", {"symbol": "q", "price": "high"})]
    local = bound_service[1] / "tables.bindings.sqlite"
    if local.exists():
        query = "SELECT point FROM analytics WHERE binding = 'TRADES'"
        await until(lambda: any('["p"]' in point for (point,) in _rows(local, query)))
    await until(lambda: {"price/p", "price/q"} <= set(_entries(bound_service[1])))
    _, figures = await bound.call("GET", "/metrics")
    assert figures["nodes"]["points"]["average_latency"] is not None


@pytest.mark.workerd
def test_wrangler_takes_the_bindings(tmp_path: Path) -> None:
    service = OnWorkerd(compiled("bound"), tmp_path, SECRETS)
    said = dry_run(service.bundle)
    assert "PRICES" in said
    assert "TRADES" in said


def _entries(folder: Path) -> dict[str, object]:
    """What is in the namespace: of the stand-in's file, or of Miniflare's."""
    local = folder / "tables.bindings.sqlite"
    if local.exists():
        return {key: json.loads(value)["price"] for key, value in _rows(local, "SELECT key, value FROM kv")}
    found = {}
    for file in folder.glob("state/storage/**/kv/**/[0-9a-f]*.sqlite"):
        for key, blob in _rows(file, "SELECT key, blob_id FROM _mf_entries"):
            (path,) = (folder / "state/storage").glob(f"**/kv/**/blobs/{blob}")
            found[key] = json.loads(path.read_text())["price"]
    return found


def _rows(file: Path, query: str) -> list[tuple[str, str]]:
    database = sqlite3.connect(f"file:{file}?mode=ro", uri=True)
    try:
        return database.execute(query).fetchall()
    finally:
        database.close()
