"""The kv sink, on the stand-in of this machine."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

from runtime.counting_kernel import kernel_with
from runtime.services import Service, description, served, until

MANUAL = {"orders": {"type": "manual"}}
KERNEL = kernel_with("prices")


def shop(**options: Any) -> dict[str, Any]:
    return description(MANUAL, {"prices": {"type": "kv", "binding": "PRICES", **options}})


class Store:
    """What a binding is called with; `errors` are raised in turn."""

    def __init__(self, service: Service) -> None:
        self.calls: list[tuple[Any, ...]] = []
        self.errors: list[Exception] = []
        service.platform.call = self.call  # type: ignore[method-assign]

    async def call(self, *arguments: Any) -> None:
        self.calls.append(arguments)
        if self.errors:
            raise self.errors.pop(0)


async def test_entries_are_named_by_their_key_and_stay_for_a_while() -> None:
    async with served(shop(key=["shop", "sku"], ttl=90.0), KERNEL) as service:
        store = Store(service)
        await service.call("POST", "/inject", {"shop": "ulm", "sku": 7, "n": 1})
        await until(lambda: not service.rows("_streamflow_outbox"))
        assert store.calls == [
            ("PRICES", "put", '["ulm", 7]', '{"shop":"ulm","sku":7,"n":1}', {"expirationTtl": 90}),
        ]


async def test_without_a_key_the_packets_own_one_counts() -> None:
    async with served(shop(), KERNEL) as service:
        store = Store(service)
        await service.call("POST", "/inject", [{"key": "a", "value": "text"}, {"key": "b", "value": [1]}])
        await until(lambda: not service.rows("_streamflow_outbox"))
        assert sorted(store.calls) == [("PRICES", "put", "a", "text", {}), ("PRICES", "put", "b", "[1]", {})]


async def test_outputs_of_one_entry_go_in_order_and_again_until_it_works() -> None:
    async with served(shop(key="sku"), KERNEL) as service:
        store = Store(service)
        store.errors = [OSError("429 Too Many Requests")]
        await service.call("POST", "/inject", [{"sku": "a", "n": n} for n in range(3)])
        await until(lambda: len(store.calls) == 1)
        service.platform.now.time += 2  # type: ignore[attr-defined]
        service.shell.wake()
        await until(lambda: not service.rows("_streamflow_outbox"))
        assert [call[3] for call in store.calls] == [f'{{"sku":"a","n":{n}}}' for n in (0, 0, 1, 2)]


async def test_what_has_no_name_goes_to_the_dead_letters() -> None:
    async with served(shop(key="sku"), KERNEL) as service:
        await service.call("POST", "/inject", [{"n": 1}, {"sku": ""}, {"sku": "x" * 513}, {"sku": "fine"}])
        await until(lambda: not service.rows("_streamflow_outbox"))
        letters = (await service.call("GET", "/dead-letters"))[1]["dead_letters"]
        assert [letter["attempts"] for letter in letters] == [1, 1, 1]
        assert "KeyError" in letters[0]["error"]
        assert "''" in letters[1]["error"]


async def test_of_a_batch_only_the_newest_of_an_entry_is_stored() -> None:
    async with served(shop(key="sku", batch={"size": 10, "delay": 0.0}), KERNEL) as service:
        store = Store(service)
        await service.call("POST", "/inject", [{"sku": "a", "n": 1}, {"sku": "b"}, {"sku": "a", "n": 2}])
        await until(lambda: not service.rows("_streamflow_outbox"))
        assert sorted(call[2:4] for call in store.calls) == [("a", '{"sku":"a","n":2}'), ("b", '{"sku":"b"}')]
        store.calls.clear()
        await service.call("POST", "/inject", [{"sku": "a", "n": 3}, {"n": 4}, {"sku": "a", "n": 5}])
        await until(lambda: not service.rows("_streamflow_outbox"))
        assert [call[3] for call in store.calls if call[2] == "a"][-1] == '{"sku":"a","n":5}'
        letters = (await service.call("GET", "/dead-letters"))[1]["dead_letters"]
        assert [letter["data"] for letter in letters] == [{"n": 4}]


async def test_a_function_names_the_entry() -> None:
    functions = {"prices.key": lambda data, packet: f"{packet.source}/{data.pop('sku')}"}
    kernel = kernel_with("prices", functions=functions, wants_packet=frozenset(("prices.key",)))
    async with served(shop(key={"function": "prices.key"}), kernel) as service:
        store = Store(service)
        await service.call("POST", "/inject", {"sku": "a"})
        await until(lambda: store.calls)
        assert store.calls[0][2:4] == ("orders/a", '{"sku":"a"}')


async def test_the_stand_in_is_a_file_that_forgets(tmp_path: Path) -> None:
    from streamflow.host.local_bindings import LocalBindings

    now = [1000.0]
    bindings = LocalBindings(tmp_path / "made" / "shop.sqlite", lambda: now[0])
    assert not (tmp_path / "made").exists()
    bindings.call("PRICES", "put", "a", "1", {"expirationTtl": 60})
    bindings.call("PRICES", "put", "b", b"\xff", {})
    now[0] += 60
    bindings.call("PRICES", "put", "b", "2", {})
    bindings.close()
    database = sqlite3.connect(tmp_path / "made" / "shop.sqlite")
    assert database.execute("SELECT * FROM kv").fetchall() == [("PRICES", "b", "2", None)]
    database.close()
