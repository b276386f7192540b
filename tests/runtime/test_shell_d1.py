"""Database sinks with a binding, and what both kinds of them share: delete, added columns, refused rows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from runtime.counting_kernel import kernel_with
from runtime.services import Clock, Service, description, served, until

MANUAL = {"orders": {"type": "manual"}}
GONE = {"delete": {"function": "book.delete"}}
KERNEL = kernel_with("book", functions={"book.delete": lambda data: data["stock"] == 0})
UPSERT = {"mode": "upsert", "key": "sku", "columns": ["sku", "stock"]}
AT_ONCE = {"batch": {"size": 1000, "delay": 0.0, "bytes": 500_000}}


def own(**options: Any) -> dict[str, Any]:
    return description(MANUAL, {"book": {"type": "database", "table": "book", **options}})


def bound(**options: Any) -> dict[str, Any]:
    return own(binding="DB", **AT_ONCE, **options)


def rows_of(service: Service) -> list[tuple[Any, ...]]:
    (rows,) = service.platform.bindings.query("DB", [('SELECT * FROM "book"', ())])
    return [tuple(row.values()) for row in rows]


async def delivered(service: Service) -> None:
    await until(lambda: not service.rows("_streamflow_outbox"))


async def test_rows_reach_the_bound_database_together() -> None:
    async with served(bound(), KERNEL) as service:
        asked: list[Any] = []
        query = service.platform.bindings.query

        def spy(binding: str, statements: Any) -> Any:
            asked.append([text.split(" ")[0] for text, _ in statements])
            return query(binding, statements)

        service.platform.bindings.query = spy  # type: ignore[method-assign]
        await service.call("POST", "/inject", [{"n": 1, "nested": [1, {}]}, 5, "a\0b", None])
        await delivered(service)
        assert sorted(rows_of(service)) == [
            ("orders:0", 1000.0, '{"n": 1, "nested": [1, {}]}'),
            ("orders:1", 1000.0, "5"),
            ("orders:2", 1000.0, '"a\\u0000b"'),
            ("orders:3", 1000.0, "null"),
        ]
        assert asked[:-1] == [["CREATE", "PRAGMA"], ["INSERT"]]
        assert not service.platform.sql("SELECT name FROM sqlite_master WHERE name = 'book'")


async def test_upserts_and_deletes_of_a_key_go_in_order_in_both() -> None:
    batches = [
        [{"sku": "a", "stock": 1}, {"sku": "b", "stock": 2}, {"sku": "a", "stock": 0}, {"sku": "a", "stock": 3}],
        [{"sku": "b", "stock": 0}, {"sku": "c", "stock": 0}, {"sku": "d\0", "stock": 1}, {"sku": "e\0", "stock": 1}],
        [{"sku": "d\0", "stock": 0}, {"stock": 4}, {"sku": "a"}],
    ]
    for made in (own, bound):
        async with served(made(**UPSERT, **GONE), KERNEL) as service:
            for batch in batches:
                await service.call("POST", "/inject", batch)
            if made is bound:
                await delivered(service)
            rows = rows_of(service) if made is bound else service.rows("book")
            assert sorted(rows) == [("a", 3), ("e\0", 1)]
            letters = (await service.call("GET", "/dead-letters"))[1]["dead_letters"]
            assert [letter["data"] for letter in letters] == [{"stock": 4}, {"sku": "a"}]
            assert letters[0]["error"] == "no sku to upsert by"
            assert "KeyError" in letters[1]["error"] or letters[1]["error"] == "'stock'"


async def test_a_row_that_the_bound_table_refuses_stops_no_other() -> None:
    async with served(bound(columns=["n"]), KERNEL) as service:
        service.platform.bindings.query("DB", [("CREATE TABLE book (n INTEGER CHECK (n < 10))", ())])
        await service.call("POST", "/inject", [{"n": 1}, {"n": 50}, {"n": 2, "key": "k"}])
        await delivered(service)
        assert sorted(rows_of(service)) == [(1,), (2,)]
        letters = (await service.call("GET", "/dead-letters"))[1]["dead_letters"]
        assert [(letter["data"], letter["attempts"]) for letter in letters] == [({"n": 50}, 1)]
        assert "CHECK constraint failed" in letters[0]["error"]


async def test_a_database_that_is_away_is_asked_again(tmp_path: Path) -> None:
    clock = Clock()
    async with served(bound(**UPSERT), KERNEL, clock=clock, state=tmp_path / "state") as service:

        def away(binding: str, statements: Any) -> Any:
            raise OSError("away")

        query, service.platform.bindings.query = service.platform.bindings.query, away  # type: ignore[method-assign]
        await service.call("POST", "/inject", [{"sku": "a", "stock": number} for number in range(5)])
        await until(lambda: [row[6] for row in service.rows("_streamflow_outbox")] == [1] * 5)
        service.platform.bindings.query = query  # type: ignore[method-assign]
        clock.time += 1
        service.shell.wake()
        await delivered(service)
        assert rows_of(service) == [("a", 4)]


async def test_tables_made_earlier_get_the_columns_that_they_lack() -> None:
    for made in (own, bound):
        async with served(made(**UPSERT), KERNEL) as service:
            older = 'CREATE TABLE "book" ("sku" PRIMARY KEY, "note")'
            if made is bound:
                service.platform.bindings.query("DB", [(older, ()), ("INSERT INTO book VALUES ('z', 'old')", ())])
            else:
                service.platform.sql(older)
                service.platform.sql("INSERT INTO book VALUES ('z', 'old')")
            await service.call("POST", "/inject", {"sku": "a", "stock": 1})
            if made is bound:
                await delivered(service)
            rows = rows_of(service) if made is bound else service.rows("book")
            assert sorted(rows) == [("a", None, 1), ("z", "old", None)]


async def test_what_the_own_table_refuses_leaves_by_error_in_a_batch_of_its_own(tmp_path: Path) -> None:
    kernel = kernel_with("book", "errors", connected_errors=frozenset({"book"}))
    service_description = own(columns=["n"])
    service_description["sinks"]["errors"] = {"type": "database", "table": "errors"}
    async with served(service_description, kernel, state=tmp_path / "state") as service:
        service.platform.sql("CREATE TABLE book (n INTEGER CHECK (n < 10))")
        service.platform.call_later = lambda seconds, function: None  # type: ignore[method-assign]
        await service.call("POST", "/inject", [{"n": 1}, {"n": 50}])
        assert not service.rows("errors")  # killed between the two commits
    async with served(service_description, kernel, state=tmp_path / "state") as service:
        service.shell.open()
        await until(lambda: service.rows("errors"))
        data = service.rows("errors")[0][2]
        assert '"data": {"n": 50}' in data
        assert '"attempts": 1' in data
        assert (await service.call("GET", "/dead-letters"))[1] == {"dead_letters": []}
    async with served(service_description, kernel, state=tmp_path / "state") as service:
        service.shell.open()
        await service.call("POST", "/inject", {"n": 2})
        assert len(service.rows("errors")) == 1
