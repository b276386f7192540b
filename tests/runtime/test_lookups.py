"""What `nodes.enrich` asks of servers and stores, and what it makes of their answers."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Sequence
from typing import Any

import pytest

from streamflow_runtime.d1_lookup import D1Lookup
from streamflow_runtime.fetching import HttpError
from streamflow_runtime.kv_lookup import KvLookup
from streamflow_runtime.lookup import Lookup
from streamflow_runtime.outside import reach
from streamflow_runtime.table_lookup import TableLookup
from streamflow_runtime.url_lookup import UrlLookup


class World:
    """A platform whose stores are dicts and an SQLite database; it notes what it was asked."""

    table_prefix = ""

    def __init__(self) -> None:
        self.time = 100.0
        self.asked: list[Any] = []
        self.tasks: list[asyncio.Future[None]] = []
        self.pages: dict[str, tuple[int, bytes]] = {}
        self.entries: dict[str, str] = {}
        self.database = sqlite3.connect(":memory:")

    def now(self) -> float:
        return self.time

    def spawn(self, coroutine: Any) -> None:
        self.tasks.append(asyncio.ensure_future(coroutine))

    async def fetch(self, method: str, url: str, *rest: Any) -> tuple[int, dict[str, str], bytes]:
        self.asked.append(url)
        await asyncio.sleep(0)
        status, body = self.pages.get(url, (404, b"no"))
        return status, {}, body

    async def call(self, binding: str, method: str, names: list[str]) -> dict[str, str | None]:
        self.asked.append((binding, method, names))
        return {name: self.entries.get(name) for name in names}

    async def query(self, binding: str, statements: Sequence[Any]) -> list[list[dict[str, Any]]]:
        self.asked.append((binding, len(statements)))
        self.database.row_factory = sqlite3.Row
        return [[dict(row) for row in self.database.execute(text, values)] for text, values in statements]

    def sql(self, query: str, *parameters: Any) -> list[tuple[Any, ...]]:
        self.asked.append(query)
        return self.database.execute(query, parameters).fetchall()


def found(world: World, lookup: Lookup, *keys: Any) -> list[Any]:
    """What is found for keys that are asked for at once; an error in the place of what failed."""

    async def ask() -> list[Any]:
        reach.set(world)  # type: ignore[arg-type]
        return await asyncio.gather(*map(lookup.get, keys), return_exceptions=True)

    return asyncio.run(ask())


def test_a_url_is_asked_once_a_key_at_a_time() -> None:
    world = World()
    world.pages["https://a.b/x%2Fy%20%C3%A9?t=s3cret"] = (200, b'{"n": [1]}')
    world.pages["https://a.b/7?t=s3cret"] = (200, b"null")
    lookup = UrlLookup({"text": ["https://a.b/{key}?t=", {"secret": "T"}]}, {"T": "s3cret"})
    first, again, number, nothing = found(world, lookup, "x/y é", "x/y é", 7, "gone")
    assert (first, again, number, nothing) == ({"n": [1]}, {"n": [1]}, None, None)
    assert first["n"] is not again["n"]
    assert len(world.asked) == 3
    found(world, lookup, "x/y é")
    assert len(world.asked) == 4, "without cache_ttl nothing is kept"


@pytest.mark.parametrize("key", ["", ".", "..", ("a", "b")])
def test_keys_that_would_be_another_url_fail(key: Any) -> None:
    world = World()
    (error,) = found(world, UrlLookup("https://a.b/{key}", {}), key)
    assert isinstance(error, ValueError)
    assert not world.asked


@pytest.mark.parametrize(
    ("status", "body", "kind"), [(500, b"", OSError), (403, b"", HttpError), (200, b"<html>", ValueError)]
)
def test_other_answers_fail_the_packets_that_asked(status: int, body: bytes, kind: type[Exception]) -> None:
    world = World()
    world.pages["https://a.b/1"] = (status, body)
    world.pages["https://a.b/2"] = (200, b"2")
    bad, good, same = found(world, UrlLookup("https://a.b/{key}", {}, cache_ttl=1000), 1, 2, 1)
    assert isinstance(bad, kind)
    assert bad is same
    assert good == 2
    assert isinstance(found(world, UrlLookup("https://a.b/{key}", {}, cache_ttl=1000), 1)[0], kind)


def test_answers_are_kept_for_their_time_by_the_platforms_clock() -> None:
    world = World()
    lookup = UrlLookup("https://a.b/{key}", {}, cache_ttl=1000)
    world.pages["https://a.b/1"] = (200, b"[1]")
    (kept,) = found(world, lookup, 1)
    kept.append("changed")
    world.time += 0.999
    assert found(world, lookup, 1, "1") == [[1], [1]]
    assert len(world.asked) == 1
    world.time += 0.001
    assert found(world, lookup, 1) == [[1]]
    assert len(world.asked) == 2
    assert found(world, lookup, "gone") == [None]
    assert found(world, lookup, "gone") == [None]
    assert len(world.asked) == 3, "that there is nothing is an answer, too"


def test_who_gives_up_waiting_does_not_stop_the_others() -> None:
    world = World()
    world.pages["https://a.b/1"] = (200, b"1")
    lookup = UrlLookup("https://a.b/{key}", {})

    async def ask() -> Any:
        reach.set(world)  # type: ignore[arg-type]
        impatient = asyncio.ensure_future(lookup.get(1))
        patient = asyncio.ensure_future(lookup.get(1))
        await asyncio.sleep(0)
        impatient.cancel()
        return await patient

    assert asyncio.run(ask()) == 1


def test_kv_is_asked_for_a_hundred_keys_at_once() -> None:
    world = World()
    world.entries = {"a": '{"n": 1}', "b": "plain text", "3": "null", '["x", 1]': "[1]"}
    many = [f"none-{number}" for number in range(150)]
    answers = found(world, KvLookup("NAMES"), "a", "b", 3, ("x", 1), "a", "é" * 300, "", *many)
    assert answers[:5] == [{"n": 1}, "plain text", None, [1], {"n": 1}]
    assert [type(answer) for answer in answers[5:7]] == [ValueError, ValueError]
    assert answers[7:] == [None] * 150
    assert [(binding, method, len(names)) for binding, method, names in world.asked] == [
        ("NAMES", "get", 100),
        ("NAMES", "get", 54),
    ]


def test_d1_answers_with_its_first_row() -> None:
    world = World()
    world.database.execute("CREATE TABLE users (id, name)")
    world.database.executemany("INSERT INTO users VALUES (?, ?)", [(1, "Zoë"), (1, "other"), (2, None)])
    one = D1Lookup("DB", "SELECT name FROM users WHERE id = ?")
    assert found(world, one, 1, 2, 3, True) == [{"name": "Zoë"}, {"name": None}, None, {"name": "Zoë"}]
    two = D1Lookup("DB", "SELECT * FROM users WHERE id = ? AND name = ?")
    assert found(world, two, (1, "other"), (1, "none")) == [{"id": 1, "name": "other"}, None]
    assert world.asked == [("DB", 3), ("DB", 2)]
    fine, huge = found(world, one, 1, 2**60)
    assert (fine, type(huge)) == ({"name": "Zoë"}, ValueError)


def test_a_table_is_asked_by_its_primary_key_or_the_column_given() -> None:
    world = World()
    world.database.execute('CREATE TABLE "the users" (name TEXT, "the id" TEXT PRIMARY KEY)')
    rows = [("Zoë", "1"), ("b", "x"), ("Zoë", "newest"), ("nul", "a\0b")]
    world.database.executemany('INSERT INTO "the users" VALUES (?, ?)', rows)
    by_key = TableLookup("the users")
    assert found(world, by_key, "x", 1, "a\0b", None, "gone") == [
        {"name": "b", "the id": "x"},
        {"name": "Zoë", "the id": "1"},
        {"name": "nul", "the id": "a\0b"},
        None,
        None,
    ]
    assert len(world.asked) == 2
    by_name = TableLookup("the users", "name")
    assert found(world, by_name, "Zoë") == [{"name": "Zoë", "the id": "newest"}]


def test_the_record_of_a_sink_is_itself() -> None:
    world = World()
    world.database.execute("CREATE TABLE users (user PRIMARY KEY, timestamp REAL, data TEXT)")
    world.database.execute("INSERT INTO users VALUES ('a', 1.5, '{\"tags\": [1]}')")
    assert found(world, TableLookup("users"), "a", "b") == [{"tags": [1]}, None]


def test_a_table_that_cannot_be_asked_says_so() -> None:
    world = World()
    world.database.execute("CREATE TABLE plain (a, b)")
    (no_key,) = found(world, TableLookup("plain"), 1)
    assert 'table("plain", column="...")' in str(no_key)
    (missing,) = found(world, TableLookup("nowhere"), 1)
    assert str(missing) == "there is no table 'nowhere'"
    (several,) = found(world, TableLookup("plain", "a"), (1, 2))
    assert isinstance(several, ValueError)
