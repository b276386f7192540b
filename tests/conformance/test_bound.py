"""The platform's own stores: stand-ins in process, Miniflare's real bindings on workerd."""

from __future__ import annotations

import gzip
import json
import sqlite3
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

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

    def objects(self) -> Iterator[Path]:
        """The databases of objects that have been made."""
        return self._state.glob("storage/**/*StreamProcessor/[0-9a-f]*.sqlite")


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


async def test_the_cron_trigger_wakes_what_nobody_has_called(
    bound: Client, bound_service: tuple[Service, Path]
) -> None:
    """Comes first: until here no request has reached the object."""
    service, _ = bound_service
    if isinstance(service, OnMiniflare):
        assert not list(service.objects())
        async with bound.http.post(service.url + "/cdn-cgi/local/scheduled") as answer:
            assert answer.status == 200, await answer.text()
    await until(lambda: service.rows("SELECT data FROM beats"))


async def test_a_database_has_the_rows_of_what_was_put_in_order(
    bound: Client, bound_service: tuple[Service, Path]
) -> None:
    service, folder = bound_service
    changes: list[dict[str, object]] = [
        {"sku": "a", "stock": 1, "tags": ["x"]},
        {"sku": "Zoë", "stock": 2},
        {"sku": "a", "stock": 0},
        {"sku": "nul\0", "stock": 1},
        {"sku": "c", "stock": 3.5, "more": 1},
        {"sku": "b"},
        {"stock": 1},
    ]
    await bound.call("DELETE", "/dead-letters")
    await bound.inject("stock", changes)
    await bound.inject("stock", {"sku": "Zoë", "stock": 7, "tags": {"y": None}})
    shelf = {("Zoë", 7, '{"y": null}'), ("c", 3.5, None), ("nul\0", 1, None)}
    await until(lambda: set(_database(folder, "SELECT sku, stock, tags FROM shelf")) == shelf)
    query = "SELECT id, typeof(timestamp), data FROM journal ORDER BY id"
    await until(lambda: len(_database(folder, query)) == 8)
    journal = _database(folder, query)
    assert [json.loads(data) for _, _, data in journal][:7] == changes
    assert [(id, kind) for id, kind, _ in journal] == [(f"stock:{number}", "real") for number in range(8)]
    numbered = service.rows("SELECT sku, stock FROM numbered ORDER BY sku")
    assert numbered == [("Zoë", 7), ("a", 0), ("b", None), ("c", 3.5), ("nul\0", 1)]
    found: list[tuple[object, object]] = []
    while len(found) < 4:
        listed = (await bound.call("GET", "/dead-letters"))[1]["dead_letters"]
        found = [(letter["node"], letter["error"]) for letter in listed]
    assert sorted(found) == [  # type: ignore[type-var]
        ("numbered", "no sku to upsert by"),
        ("shelf", "KeyError: 'stock'"),
        ("shelf", "no sku to upsert by"),
        ("single", "no path to store it under: KeyError: 'sku'"),
    ]


async def test_a_bucket_has_objects_of_batches_and_of_single_outputs(
    bound: Client, bound_service: tuple[Service, Path]
) -> None:
    folder = bound_service[1]
    await bound.inject("stock", [{"sku": "å/1", "stock": 1}, {"sku": "å/2", "stock": 2}, {"sku": "å/1", "stock": 3}])
    await until(lambda: _objects(folder).get("by-sku/å/1.json") == b'{"sku":"\\u00e5/1","stock":3}')
    await until(lambda: len([line for lines in _archived(folder) for line in lines if b"u00e5" in line]) == 3)
    batches = _archived(folder)
    assert {len(lines) for lines in batches} <= {1, 2}
    stock = [json.loads(line)["stock"] for lines in batches for line in lines if b"u00e5" in line]
    assert sorted(stock) == [1, 2, 3]


async def test_what_goes_into_a_queue_comes_out_once(bound: Client, bound_service: tuple[Service, Path]) -> None:
    service, _ = bound_service
    values = [{"n": 1, "deep": {"é": [None, 1.5]}}, "text", [1, 2], 5, True, None]
    await bound.inject("letters", values)
    query = "SELECT data FROM inbox ORDER BY rowid"
    await until(lambda: len(service.rows(query)) == len(values))
    received = [json.loads(data) for (data,) in service.rows(query)]
    assert sorted(map(str, received)) == sorted(map(str, values))
    assert await bound.processed("received") == len(values)


async def test_kv_holds_the_newest_output_of_each_key(bound: Client, bound_service: tuple[Service, Path]) -> None:
    prices = [{"symbol": "Zoë", "price": n} for n in range(3)] + [{"symbol": "b", "price": 2.0}]
    await bound.inject("prices", prices)
    folder = bound_service[1]
    await until(lambda: _entries(folder).items() >= {("price/Zoë", 2), ("price/b", 2)})


async def test_what_the_stores_hold_is_looked_up(bound: Client, bound_service: tuple[Service, Path]) -> None:
    """Of KV, D1 and the object's own tables; each question goes on to the next store."""
    service, folder = bound_service
    skus = [f"Zoë/{number}" for number in range(120)]
    await bound.inject("prices", [{"symbol": sku, "price": 1} for sku in skus])
    await bound.inject("stock", [{"sku": sku, "stock": 7, "tags": ["x"]} for sku in skus[1:]])
    await bound.inject("letters", [{"of": "questions"}])
    await until(lambda: set(_entries(folder)) >= {f"price/{sku}" for sku in skus})
    await until(lambda: len(_database(folder, "SELECT * FROM shelf WHERE sku LIKE 'Zoë/%'")) == 119)
    query = 'SELECT id FROM inbox WHERE data = \'{"of": "questions"}\''
    await until(lambda: service.rows(query))
    ((letter,),) = service.rows(query)
    async with bound.socket("/subscribe/answers") as answers, bound.socket("/subscribe/unanswered") as unanswered:
        await bound.inject("questions", [{"sku": sku, "letter": letter} for sku in [*skus, "none"]])
        missing = [await unanswered.next() for _ in range(2)]
        found = [await answers.next() for _ in range(119)]
    assert [(each["sku"], "price" in each) for each in missing] == [("none", False), (skus[0], True)]
    assert [each["sku"] for each in found] == skus[1:]
    assert found == [
        {
            "sku": sku,
            "price": {"symbol": sku, "price": 1},
            "shelf": {"stock": 7, "tags": '["x"]'},
            "numbered": {"sku": sku, "stock": 7},
            "letter": {"of": "questions"},
        }
        for sku in skus[1:]
    ]


async def test_functions_reach_the_stores(bound: Client, bound_service: tuple[Service, Path]) -> None:
    service, _ = bound_service
    async with bound.socket("/subscribe/notes") as notes:
        await bound.inject("visits", {"name": "Zoë", "text": '{"price": 1}'})
        assert await notes.next() == {
            "note": '{"price": 1}',
            "json": {"price": 1},
            "nothing": None,
            "names": ["note/Zoë"],
            "rows": [[1], [None]],
            "first": 1,
            "token": "hook!",
        }
    await until(lambda: service.rows("SELECT 1 FROM inbox WHERE data LIKE '%Zo%' AND data LIKE '%\"of\"%'"))


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
    for binding in ("PRICES", "TRADES", "DB", "ARCHIVE", "POST"):
        assert f"env.{binding}" in said


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


def _database(folder: Path, query: str) -> list[tuple[Any, ...]]:
    """What a query finds in the bound database; nothing until it has tables."""
    local = folder / "tables.DB.sqlite"
    files = [local] if local.exists() else list(folder.glob("state/storage/d1/**/[0-9a-f]*.sqlite"))
    try:
        return _rows(files[0], query) if files else []
    except sqlite3.OperationalError:
        return []


def _objects(folder: Path) -> dict[str, bytes]:
    """What is in the bucket."""
    local = folder / "tables.ARCHIVE"
    if local.exists():
        return {file.relative_to(local).as_posix(): file.read_bytes() for file in local.rglob("*") if file.is_file()}
    found = {}
    for file in folder.glob("state/storage/r2/**/[0-9a-f]*.sqlite"):
        for path, blob in _rows(file, "SELECT key, blob_id FROM _mf_objects"):
            (content,) = (folder / "state/storage/r2").glob(f"**/blobs/{blob}")
            found[path] = content.read_bytes()
    return found


def _archived(folder: Path) -> list[list[bytes]]:
    """The lines of each object that a batch became."""
    objects = _objects(folder).items()
    return [gzip.decompress(content).splitlines() for path, content in objects if path.startswith("stock/")]


def _rows(file: Path, query: str) -> list[tuple[Any, ...]]:
    database = sqlite3.connect(f"file:{file}?mode=ro", uri=True)
    try:
        return database.execute(query).fetchall()
    finally:
        database.close()
