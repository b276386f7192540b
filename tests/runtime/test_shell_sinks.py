"""Database, log, custom and websocket sinks."""

from __future__ import annotations

import math
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from runtime.counting_kernel import kernel_with
from runtime.services import Clock, Service, description, served, until
from runtime.test_shell_sources import feed
from streamflow.host.local_platform import LocalPlatform
from streamflow.target.parts import parts_for
from streamflow_runtime.shell import Shell

MANUAL = {"orders": {"type": "manual"}}
KERNEL = kernel_with("book")


def book(**options: Any) -> dict[str, Any]:
    return description(MANUAL, {"book": {"type": "database", "table": "book", **options}})


async def test_rows_without_columns_hold_id_time_and_data() -> None:
    async with served(book(), KERNEL) as service:
        await service.call("POST", "/inject", [{"n": 1, "nested": [1, {}]}, 5, None])
        assert service.rows("book") == [
            ("orders:0", 1000.0, '{"n": 1, "nested": [1, {}]}'),
            ("orders:1", 1000.0, "5"),
            ("orders:2", 1000.0, "null"),
        ]


async def test_a_packet_sent_again_after_a_restore_is_the_same_row() -> None:
    async with served(book(), KERNEL) as service:
        state = (await service.call("GET", "/state"))[1]
        for number in (1, 2):
            await service.call("POST", "/inject", {"n": number})
            await service.call("PUT", "/state", state)
        assert service.rows("book") == [("orders:0", 1000.0, '{"n": 2}')]
        assert (await service.call("GET", "/dead-letters"))[1] == {"dead_letters": []}


async def test_columns_take_fields_by_name() -> None:
    async with served(book(columns=["a", 'b"; DROP']), KERNEL) as service:
        await service.call(
            "POST", "/inject", [{"a": 1, 'b"; DROP': True, "extra": 9}, {"a": [1, "é"]}, {"a": 1.5, 'b"; DROP': "x"}]
        )
        assert service.rows("book") == [(1, 1), ('[1, "\\u00e9"]', None), (1.5, "x")]


async def test_the_table_has_exactly_the_given_name() -> None:
    async with served(book(table='order "book"; --'), KERNEL) as service:
        await service.call("POST", "/inject", {})
        assert service.platform.sql('SELECT count(*) FROM "order ""book""; --"') == [(1,)]


async def test_upsert_keeps_the_last_row_of_a_key() -> None:
    async with served(book(mode="upsert", key="sku", columns=["sku", "stock"]), KERNEL) as service:
        await service.call("POST", "/inject", [{"sku": "a", "stock": 1}, {"sku": "b", "stock": 2}, {"sku": "a"}])
        await service.call("POST", "/inject", [{"sku": "b", "stock": 3}, {"stock": 4}])
        assert sorted(service.rows("book")) == [("a", None), ("b", 3)]
        letters = (await service.call("GET", "/dead-letters"))[1]["dead_letters"]
        assert [(letter["node"], letter["error"]) for letter in letters] == [("book", "no sku to upsert by")]


async def test_upsert_without_columns_keeps_the_newest_data() -> None:
    async with served(book(mode="upsert", key="sku"), KERNEL) as service:
        await service.call("POST", "/inject", [{"sku": "a", "n": 1}, {"sku": "a", "n": 2}])
        assert service.rows("book") == [("a", 1000.0, '{"sku": "a", "n": 2}')]


async def test_a_row_that_the_table_refuses_stops_no_other() -> None:
    async with served(book(columns=["n"]), KERNEL) as service:
        service.platform.sql("CREATE TABLE book (n INTEGER CHECK (n < 10))")
        assert (await service.call("POST", "/inject", [{"n": 1}, {"n": 50}, {"n": 2}]))[0] == 202
        assert service.rows("book") == [(1,), (2,)]
        letters = (await service.call("GET", "/dead-letters"))[1]["dead_letters"]
        assert [letter["data"] for letter in letters] == [{"n": 50}]


async def test_a_refused_row_in_a_large_batch_doubles_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("streamflow_runtime.shell.STATEMENT_CHARACTERS", 12)
    async with served(book(columns=["n"]), KERNEL) as service:
        service.platform.sql("CREATE TABLE book (n INTEGER CHECK (n < 10))")
        await service.call("POST", "/inject", [{"n": n} for n in (1, 2, 3, 50, 4)])
        assert sorted(service.rows("book")) == [(1,), (2,), (3,), (4,)]


def push(service: Service, *values: Any) -> None:
    """Values that no request can hold."""
    service.shell.run(lambda kernel, now: kernel.push("orders", list(values), now))


async def letters_of(service: Service) -> list[tuple[str, str]]:
    letters = (await service.call("GET", "/dead-letters"))[1]["dead_letters"]
    return [(letter["node"], letter["error"]) for letter in letters]


async def test_cells_hold_text_and_numbers_exactly() -> None:
    async with served(book(mode="upsert", key="k", columns=["k", "v"]), KERNEL) as service:
        big = 2**64
        values = ["a\0b", "\0", big, -big, 2**63 - 1, -(2**63), True, {"n": "\0"}]
        await service.call("POST", "/inject", [{"k": number, "v": value} for number, value in enumerate(values)])
        await service.call(
            "POST", "/inject", [{"k": 0, "v": "older"}, {"k": 0, "v": "new\0er"}, {"k": "\0", "v": None}]
        )
        rows = dict(service.rows("book"))
        assert rows == {
            **{0: "new\0er", 1: "\0", 2: str(big), 3: str(-big), 4: 2**63 - 1, 5: -(2**63), 6: 1},
            **{7: '{"n": "\\u0000"}', "\0": None},
        }
        assert await letters_of(service) == []


async def test_rows_that_no_cell_can_hold_are_dead_letters() -> None:
    async with served(book(columns=["n"]), KERNEL) as service:
        push(service, {"n": math.nan}, {"n": 1}, {"n": math.inf}, {"n": [math.nan]}, {"n": "\ud800"}, {"n": object})
        assert service.rows("book") == [(1,)]
        assert [node for node, _ in await letters_of(service)] == ["book"] * 5
    async with served(book(), KERNEL) as service:
        push(service, {"n": math.nan}, {"n": 1})
        assert service.rows("book") == [("orders:1", 1000.0, '{"n": 1}')]
        assert [node for node, _ in await letters_of(service)] == ["book"]


async def test_rows_and_state_commit_together() -> None:
    async with served(book(columns=["n"]), KERNEL) as service:
        service.shell.open()
        working = service.platform.sql

        def sql(query: str, *parameters: Any) -> list[tuple[Any, ...]]:
            if "INTO _streamflow_state" in query:
                raise sqlite3.OperationalError("disk full")
            return working(query, *parameters)

        service.platform.sql = sql  # type: ignore[method-assign]
        assert (await service.call("POST", "/inject", {"n": 1}))[0] == 503
        service.platform.sql = working  # type: ignore[method-assign]
        assert service.rows("book") == []
        await service.call("POST", "/inject", {"n": 1})
        assert service.rows("book") == [(1,)]


async def test_tables_have_a_file_of_their_own(tmp_path: Path) -> None:
    platform = LocalPlatform(tables=tmp_path / "new" / "Shop.sqlite", log=print)
    shell = Shell(KERNEL, book(columns=["n"]), platform, parts_for(book(), asynchronous=False))
    shell.open()
    shell.run(lambda kernel, now: kernel.push("orders", [{"n": 1}], now))
    platform.close()
    file = sqlite3.connect(tmp_path / "new" / "Shop.sqlite")
    assert file.execute("SELECT * FROM book").fetchall() == [(1,)]
    assert file.execute("SELECT name FROM sqlite_master").fetchall() == [("book",)]
    file.close()


async def test_the_log_sink_writes_a_line_a_packet() -> None:
    async with served(description(MANUAL, {"alerts": {"type": "log"}})) as service:
        await service.call("POST", "/inject", [{"n": 1}, {"n": 2}])
        assert service.platform.logged == ['alerts: {"n": 1}', 'alerts: {"n": 2}']  # type: ignore[attr-defined]


async def test_a_custom_sink_is_called_with_data_or_also_the_packet() -> None:
    calls: list[Any] = []

    async def slow(data: Any) -> None:
        calls.append(data)

    def whole(data: Any, packet: Any) -> None:
        calls.append((data, packet.id, packet.timestamp, packet.key))

    kernel = kernel_with("slow", "whole", functions={"slow": slow, "whole": whole}, wants_packet=frozenset({"whole"}))
    sinks = {"slow": {"type": "custom"}, "whole": {"type": "custom"}}
    async with served(description(MANUAL, sinks), kernel) as service:
        await service.call("POST", "/inject", {"key": "k", "n": 1})
        await until(lambda: len(calls) == 2)
        data = {"key": "k", "n": 1}
        assert data in calls
        assert (data, "orders:0", 1000.0, "k") in calls


async def test_a_custom_sink_is_called_again_after_network_trouble_only() -> None:
    calls: list[Any] = []

    def save(data: Any) -> None:
        calls.append(data["n"])
        if data["n"] == 1 and calls.count(1) == 1:
            raise ConnectionError("away")
        if data["n"] == 2:
            raise KeyError("amount")

    clock = Clock()
    kernel = kernel_with("save", functions={"save": save})
    async with served(description(MANUAL, {"save": {"type": "custom"}}), kernel, clock=clock) as service:
        await service.call("POST", "/inject", [{"n": 1}, {"n": 2}])
        await until(lambda: len(service.rows("_streamflow_outbox")) == 1)
        clock.time += 1
        service.shell.wake()
        await until(lambda: not service.rows("_streamflow_outbox"))
        assert sorted(calls) == [1, 1, 2]
        letters = (await service.call("GET", "/dead-letters"))[1]["dead_letters"]
        assert [(letter["data"], letter["error"]) for letter in letters] == [({"n": 2}, "KeyError: 'amount'")]


async def test_a_custom_sink_with_batch_gets_lists() -> None:
    calls: list[Any] = []

    def whole(data: Any, packets: Any) -> None:
        calls.append((data, [packet.id for packet in packets]))
        if data[0]["n"] == 2:
            raise ValueError("no")

    kernel = kernel_with("whole", functions={"whole": whole}, wants_packet=frozenset({"whole"}))
    sinks = {"whole": {"type": "custom", "batch": {"size": 2, "delay": 1.0}}}
    clock = Clock()
    async with served(description(MANUAL, sinks), kernel, clock=clock) as service:
        await service.call("POST", "/inject", [{"n": n} for n in range(5)])
        await until(lambda: len(calls) == 2)
        clock.time += 1
        service.shell.wake()
        await until(lambda: not service.rows("_streamflow_outbox"))
        assert sorted(calls, key=str) == [
            ([{"n": 0}, {"n": 1}], ["orders:0", "orders:1"]),
            ([{"n": 2}, {"n": 3}], ["orders:2", "orders:3"]),
            ([{"n": 4}], ["orders:4"]),
        ]
        letters = (await service.call("GET", "/dead-letters"))[1]["dead_letters"]
        assert [letter["data"] for letter in letters] == [[{"n": 2}, {"n": 3}]]


async def test_an_outbound_websocket_sink_sends_in_order_and_reconnects() -> None:
    clock = Clock()
    async with feed() as server:
        sinks = {"out": {"type": "websocket", "url": server.url}}
        async with served(description(MANUAL, sinks), kernel_with("out"), clock=clock) as service:
            await service.call("POST", "/inject", [{"key": 1, "n": n} for n in range(3)])
            await until(lambda: len(server.heard) == 3)
            assert server.heard == [f'{{"key":1,"n":{n}}}' for n in range(3)]
            await server.sockets[0].close()
            await until(lambda: not service.platform._tasks)
            await service.call("POST", "/inject", {"n": 3})
            await until(lambda: len(server.heard) == 4)
            assert len(server.sockets) == 2


async def test_an_outbound_websocket_sink_with_batch_sends_arrays() -> None:
    async with feed() as server:
        sinks = {"out": {"type": "websocket", "url": server.url, "batch": {"size": 2, "delay": 0.0}}}
        async with served(description(MANUAL, sinks), kernel_with("out")) as service:
            await service.call("POST", "/inject", [{"key": 1, "n": n} for n in range(3)])
            await until(lambda: len(server.heard) == 2)
            assert server.heard == ['[{"key":1,"n":0},{"key":1,"n":1}]', '[{"key":1,"n":2}]']
