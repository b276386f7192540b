"""Queue sinks and sources, on the stand-in of this machine."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from runtime.counting_kernel import kernel_with
from runtime.services import Clock, Service, description, served, until
from streamflow.host.local_queues import LocalQueues
from streamflow_runtime.part import CommitFailed
from streamflow_runtime.queue_source import consume

MANUAL = {"orders": {"type": "manual"}}
CONSUMER = {"orders": {"type": "queue", "binding": "ORDERS", "queue": "orders"}}
KERNEL = kernel_with("out")


def producer(**options: Any) -> dict[str, Any]:
    return description(MANUAL, {"out": {"type": "queue", "binding": "OUT", **options}})


def messages(service: Service) -> list[tuple[str, float]]:
    service.platform.bindings.messages("OUT", 1)
    query = "SELECT body, due FROM messages ORDER BY number"
    return service.platform.bindings._database().execute(query).fetchall()


async def test_messages_hold_data_and_wait() -> None:
    async with served(producer(delay=90.0), KERNEL) as service:
        service.shell.open()
        for value in ("text", b"\xff", [1], None):
            event = {"value": value, "key": "k"}
            service.shell.run(lambda kernel, now, event=event: kernel.push("orders", [event], now))
        await until(lambda: not service.rows("_streamflow_outbox"))
        assert messages(service) == [('"text"', 1090.0), ("b/w==", 1090.0), ("[1]", 1090.0), ("null", 1090.0)]


async def test_a_batch_is_one_call_and_what_is_too_large_stops_no_other() -> None:
    async with served(producer(batch={"size": 100, "delay": 0.0}), KERNEL) as service:
        calls: list[Any] = []

        async def call(*arguments: Any) -> None:
            calls.append(arguments[1:])

        service.platform.call = call  # type: ignore[method-assign]
        await service.call("POST", "/inject", [{"n": 1}, {"value": "text"}])
        await until(lambda: not service.rows("_streamflow_outbox"))
        assert calls == [
            ("sendBatch", [{"body": {"n": 1}, "contentType": "json"}, {"body": "text", "contentType": "text"}])
        ]
        calls.clear()
        service.shell.run(lambda kernel, now: kernel.push("orders", [{"n": 2}, {"value": "x" * 130_000}], now))
        await until(lambda: not service.rows("_streamflow_outbox"))
        assert calls == [("send", {"n": 2}, {"contentType": "json"})]
        letters = (await service.call("GET", "/dead-letters"))[1]["dead_letters"]
        assert [letter["error"] for letter in letters] == ["a message may have 127,000 bytes"]


def texts(*bodies: Any, first: int = 0) -> str:
    return json.dumps([(f"id-{first + number}", json.dumps(body)) for number, body in enumerate(bodies)])


def counted(service: Service) -> int:
    return int(service.shell.open().state["count"])


async def test_a_message_counts_once_however_it_comes_again(tmp_path: Path) -> None:
    clock = Clock()
    shop = description(CONSUMER, {"out": {"type": "log"}})
    async with served(shop, KERNEL, state=tmp_path / "state", clock=clock) as service:
        assert consume(service.shell, "orders", texts({"n": 1}, {"n": 2})) == 0
        assert counted(service) == 2
    async with served(shop, KERNEL, state=tmp_path / "state", clock=clock) as service:
        assert consume(service.shell, "orders", texts({"n": 1})) == 0
        assert consume(service.shell, "orders", texts({"n": 2}, {"n": 3}, 4, None, "text", first=1)) == 0
        assert counted(service) == 6
        clock.time += 86_401
        consume(service.shell, "orders", texts("new", first=10))
        assert [row[1] for row in service.rows("_streamflow_messages")] == ["id-10"]


async def test_what_can_not_be_read_is_a_dead_letter_and_acknowledged() -> None:
    async with served(description(CONSUMER, {"out": {"type": "log"}}), KERNEL) as service:
        deep: Any = 1
        for _ in range(65):
            deep = [deep]
        bodies = [("a", json.dumps(deep)), ("b", "1e999"), ("c", "b/w=="), ("d", "[1]")]
        assert consume(service.shell, "orders", json.dumps(bodies)) == 0
        assert counted(service) == 2
        letters = (await service.call("GET", "/dead-letters"))[1]["dead_letters"]
        assert ["64" in letters[0]["error"], letters[1]["error"]] == [True, "1e999 is beyond a double"]
        figures = (await service.call("GET", "/metrics"))[1]
        assert figures["nodes"]["orders"]["messages_malformed"] == 2


async def test_messages_wait_while_a_buffer_is_full_or_the_graph_has_stopped() -> None:
    away = {"type": "http", "url": "http://127.0.0.1:9/"}
    shop = {**description(CONSUMER, {"out": away}), "buffer": {"packets": 1}}
    async with served(shop, KERNEL) as service:
        assert consume(service.shell, "orders", texts(1)) == 0
        assert consume(service.shell, "orders", texts(2, first=1)) == 5
        service.shell.stop()
        assert consume(service.shell, "orders", texts(3, first=2)) == 30
        assert counted(service) == 1


async def test_a_failed_commit_acknowledges_nothing() -> None:
    async with served(description(CONSUMER, {"out": {"type": "log"}}), KERNEL) as service:
        service.shell.open()
        working = service.platform.sql

        def sql(query: str, *parameters: Any) -> list[tuple[Any, ...]]:
            if "INTO _streamflow_state" in query:
                raise OSError("disk full")
            return working(query, *parameters)

        service.platform.sql = sql  # type: ignore[method-assign]
        with pytest.raises(CommitFailed):
            consume(service.shell, "orders", texts(1))
        service.platform.sql = working  # type: ignore[method-assign]
        assert consume(service.shell, "orders", texts(1)) == 0
        assert counted(service) == 1


async def test_a_queue_here_is_consumed_when_its_messages_are_due() -> None:
    clock = Clock()
    async with served(description(CONSUMER, {"out": {"type": "log"}}), KERNEL, clock=clock) as service:
        bindings = service.platform.bindings
        queues = LocalQueues(service.shell, bindings)
        service.shell.parts.append(queues)
        service.shell.open()
        queues.start()
        bindings.call("ORDERS", "send", {"n": 1}, {})
        bindings.call("ORDERS", "sendBatch", [{"body": "later", "delaySeconds": 60}, {"body": b"\0"}])
        await until(lambda: counted(service) == 2)
        assert queues.deadline(clock.time) == 1060.0
        clock.time += 60
        service.shell.wake()
        assert counted(service) == 3
        assert queues.deadline(clock.time) is None
