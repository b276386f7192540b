"""A graph in this process: LiveGraph."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from runtime.counting_kernel import CountingKernel, kernel_with
from runtime.services import Clock, description, receiver, until
from streamflow import Graph, compile_graph, nodes
from streamflow.host.live_graph import ErrorEvent, LiveGraph
from streamflow_runtime.secrets import MissingSecret

SERVICE = description({"orders": {"type": "manual"}}, {"alerts": {"type": "websocket"}})


def graph(service: dict[str, Any] = SERVICE, kernel: Any = CountingKernel, **options: Any) -> LiveGraph:
    return LiveGraph(kernel, service, log=lambda text: None, **options)


async def test_inject_returns_after_commit_and_subscribers() -> None:
    live = graph()
    await live.start()
    seen: list[Any] = []

    async def slowly(packet: Any) -> None:
        await asyncio.sleep(0.001 * (3 - packet.data["n"]))
        seen.append(("async", packet.data["n"]))

    live.subscribe("alerts", lambda packet: seen.append(("sync", packet.data["n"])))
    unsubscribe = live.subscribe("alerts", slowly)
    await live.inject("orders", {"n": 1, "amount": 5})
    assert seen == [("sync", 1), ("async", 1)]
    unsubscribe()
    await live.inject("orders", {"n": 2, "amount": 5})
    assert seen[2:] == [("sync", 2)]
    figures = live.get_metrics()
    assert (figures.packets_processed, figures.nodes["orders"].packets_processed) == (2, 2)
    assert figures.nodes["sum"].packets_dropped == 1
    assert figures.average_latency >= 0
    await live.stop()


async def test_an_async_subscriber_gets_one_packet_after_the_other() -> None:
    live = graph()
    await live.start()
    seen: list[int] = []

    async def slower_first(packet: Any) -> None:
        await asyncio.sleep(0 if packet.data["n"] else 0.005)
        seen.append(packet.data["n"])

    live.subscribe("alerts", slower_first)
    await asyncio.gather(*(live.inject("orders", {"n": n}) for n in range(4)))
    assert seen == [0, 1, 2, 3]
    await live.stop()


async def test_a_subscriber_may_inject() -> None:
    live = graph()
    await live.start()
    seen: list[int] = []

    async def count_down(packet: Any) -> None:
        seen.append(packet.data["n"])
        if packet.data["n"]:
            await live.inject("orders", {"n": packet.data["n"] - 1})

    live.subscribe("alerts", count_down)
    await live.inject("orders", {"n": 3})
    await until(lambda: len(seen) == 4)
    assert seen == [3, 2, 1, 0]
    await live.stop()


async def test_values_are_nobody_elses() -> None:
    live = graph()
    await live.start()
    given = {"list": [1]}
    live.subscribe("alerts", lambda packet: packet.data["list"].append(2))
    seen: list[Any] = []
    live.subscribe("alerts", lambda packet: seen.append(packet.data))
    await live.inject("orders", given)
    assert given == {"list": [1]}
    assert seen == [{"list": [1]}]
    await live.stop()


async def test_errors_are_events_and_subscribers_errors_hurt_nobody() -> None:
    live = graph()
    await live.start()
    events: list[ErrorEvent] = []
    stop_listening = live.on("error", events.append)
    live.subscribe("alerts", lambda packet: 1 / 0)
    await live.inject("orders", {"n": 1})
    await live.inject("orders", {"fail": "x"})
    [event] = events
    assert (event.node, event.error, event.line, event.file) == ("sum", "no luck with x", 7, "program.py")
    assert event.packet.data == {"fail": "x"}
    assert isinstance(event.exception, ValueError)
    stop_listening()
    await live.inject("orders", {"fail": "y"})
    assert len(events) == 1
    with pytest.raises(ValueError, match='there is "error"'):
        live.on("errors", print)
    await live.stop()


async def test_timestamp_and_metadata_are_handed_on() -> None:
    live = graph()
    await live.start()
    seen: list[Any] = []
    live.subscribe("alerts", seen.append)
    await live.inject("orders", [1, 2], timestamp=5.0, metadata={"who": "me"})
    assert [(packet.data, packet.timestamp, packet.metadata) for packet in seen] == [([1, 2], 5.0, {"who": "me"})]
    await live.stop()


async def test_unknown_names_are_refused() -> None:
    live = graph()
    with pytest.raises(RuntimeError, match="not been started"):
        await live.inject("orders", {})
    await live.start()
    with pytest.raises(KeyError, match="there is orders"):
        await live.inject("order", {})
    with pytest.raises(KeyError, match="neither a sink nor a tap"):
        live.subscribe("sum", print)
    await live.stop()
    with pytest.raises(RuntimeError, match="stopped"):
        await live.inject("orders", {})


async def test_stop_keeps_state_and_start_goes_on() -> None:
    live = graph()
    await live.start()
    seen: list[Any] = []
    live.subscribe("alerts", seen.append)
    await live.inject("orders", {"amount": 1})
    state = live.get_state()
    await live.inject("orders", {"amount": 2})
    await live.stop()
    await live.stop()
    assert live.get_state()["kernel"]["state"]["total"] == 3
    await live.start()
    await live.inject("orders", {"amount": 4})
    assert live.get_state()["kernel"]["state"]["total"] == 7
    assert len(seen) == 3
    live.restore(state)
    assert live.get_state() == state
    with pytest.raises(ValueError, match="shape"):
        live.restore({**state, "kernel": {"shape": "other"}})
    await live.stop()
    live.close()


async def test_a_state_restored_before_the_start_is_what_it_starts_with() -> None:
    first, second = graph(), graph()
    await first.start()
    await first.inject("orders", {"amount": 1})
    second.restore(first.get_state())
    await second.start()
    await second.inject("orders", {"amount": 2})
    assert second.get_state()["kernel"]["state"]["total"] == 3
    await first.stop()
    await second.stop()


async def test_state_in_a_file_is_found_again(tmp_path: Path) -> None:
    for total in (1, 2):
        live = graph(state=tmp_path / "deep" / "state.sqlite")
        await live.start()
        await live.inject("orders", {"amount": 1})
        assert live.get_state()["kernel"]["state"]["total"] == total
        await live.stop()
        live.close()


async def test_timers_run_by_themselves() -> None:
    live = graph()
    await live.start()
    seen: list[Any] = []
    live.subscribe("alerts", seen.append)
    await live.inject("orders", {"at": time.time() + 0.02})
    assert seen == []
    await until(lambda: seen)
    await live.stop()


async def test_drain_closes_what_is_open_and_empties_the_outbox() -> None:
    async def lookup(data: Any) -> Any:
        await asyncio.sleep(0.005)
        return {"n": data}

    async with receiver() as target:
        service = description({"orders": {"type": "manual"}}, {"alerts": {"type": "http", "url": target.url}})
        live = graph(service, kernel_with("alerts", lookup=staticmethod(lookup)), clock=Clock())
        await live.start()
        await live.inject("orders", {"at": 10**10})
        await live.inject("orders", {"ask": 5})
        await live.stop(drain=True)
        assert sorted(target.bodies, key=str) == [{"at": 10**10}, {"n": 5}]


async def test_drain_does_not_wait_for_a_batch_to_fill() -> None:
    async with receiver() as target:
        sink = {"type": "http", "url": target.url, "batch": {"size": 10, "delay": 3600.0}}
        live = graph(description({"orders": {"type": "manual"}}, {"alerts": sink}))
        await live.start()
        await live.inject("orders", {"n": 1})
        await live.stop(drain=True)
        assert target.bodies == [[{"n": 1}]]


async def test_inject_waits_while_a_buffer_is_full() -> None:
    async with receiver() as target:
        service = description(
            {"orders": {"type": "manual"}}, {"alerts": {"type": "http", "url": target.url}}, buffer={"packets": 1}
        )
        live = graph(service)
        await live.start()
        target.pause = asyncio.Event()
        await live.inject("orders", {"n": 1})
        second = asyncio.create_task(live.inject("orders", {"n": 2}))
        await asyncio.sleep(0.03)
        assert not second.done()
        target.pause.set()
        await second
        await until(lambda: len(target.requests) == 2)
        await live.stop()


async def test_a_missing_secret_refuses_the_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SHOP_KEY", raising=False)
    service = {**SERVICE, "secrets": ["SHOP_KEY"]}
    with pytest.raises(MissingSecret, match=r"SHOP_KEY is not set.*\.dev\.vars"):
        await graph(service).start()
    (tmp_path / ".dev.vars").write_text('# keys\nexport OTHER=1\nSHOP_KEY="from file"\n')
    for expected in ("from file", "from environment", "given"):
        live = graph(service, secrets={"SHOP_KEY": "given"} if expected == "given" else None)
        await live.start()
        assert live._shell is not None
        assert live._shell.secrets == {"SHOP_KEY": expected}
        await live.stop()
        monkeypatch.setenv("SHOP_KEY", "from environment")


async def test_it_can_be_served() -> None:
    live = graph(secrets={"STREAMFLOW_TOKEN": "t"})
    await live.start(serve=True, port=0)
    seen: list[Any] = []
    live.subscribe("alerts", seen.append)
    headers = {"authorization": "Bearer t"}
    async with aiohttp.ClientSession(headers=headers) as http:
        async with http.post(f"{live.url}/inject", json={"n": 1}) as response:
            assert response.status == 202
        assert [packet.data for packet in seen] == [{"n": 1}]
        async with http.ws_connect(f"{live.url}/subscribe/alerts") as socket:
            await live.inject("orders", {"n": 2})
            assert await socket.receive_json() == {"n": 2}
            await live.stop()
            assert (await socket.receive()).data == 1001
    assert live.url is None


async def test_a_node_that_a_client_asks_for_becomes_a_tap() -> None:
    written = Graph(
        "Tapped",
        nodes=[
            nodes.source("orders", type="manual"),
            nodes.transform("double", function=lambda data: data * 2),
            nodes.aggregate("pairs", window="count", size=2, function=lambda packets: [p.data for p in packets]),
            nodes.sink("out", type="log"),
        ],
    )
    program = compile_graph(written)
    options: dict[str, Any] = {"secrets": {"STREAMFLOW_TOKEN": "t"}, "log": [].append}
    live = LiveGraph(program.kernel_class, program.service, with_tap=program.with_tap, **options)
    await live.start(serve=True, port=0)
    async with aiohttp.ClientSession() as stranger, stranger.post(f"{live.url}/inject/double", json=1) as response:
        assert response.status == 401
    assert "taps" not in live.get_state() and program.service["taps"] == []
    async with aiohttp.ClientSession(headers={"authorization": "Bearer t"}) as http:
        async with http.post(f"{live.url}/inject/orders", json=[1]) as response:
            assert response.status == 202
        double = await http.ws_connect(f"{live.url}/subscribe/double")
        pairs = await http.ws_connect(f"{live.url}/subscribe/pairs")
        async with http.post(f"{live.url}/inject/double", json=[5]) as response:
            assert (response.status, await response.json()) == (202, {"accepted": 1, "batch_id": "double:0"})
        assert (await double.receive_json(), await pairs.receive_json()) == (10, [2, 10])
    await live.stop()


async def test_database_sinks_have_a_file_by_the_graphs_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    service = description({"m": {"type": "manual"}}, {"book": {"type": "database", "table": "book"}}, graph="A/B shop")
    live = graph(service, kernel_with("book"))
    await live.start()
    await live.inject("m", {})
    await live.stop()
    live.close()
    assert [path.name for path in (tmp_path / ".streamflow").iterdir()] == ["A%2FB shop.sqlite"]
