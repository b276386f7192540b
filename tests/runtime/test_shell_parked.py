"""Back pressure of packets that wait for calls."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from runtime.services import TOKEN, Clock
from streamflow import Graph, compile_graph, nodes
from streamflow.host.local_platform import LocalPlatform
from streamflow.target.parts import parts_for
from streamflow_runtime.metrics import collect
from streamflow_runtime.shell import Shell


async def slow(data):
    await asyncio.sleep(data)
    return data


def shell_of(buffer: dict[str, Any]) -> tuple[Shell, LocalPlatform]:
    graph = Graph(
        name="Parked",
        nodes=[
            nodes.source("in", type="manual"),
            nodes.source("beside", type="manual"),
            nodes.transform("slow", function=slow, concurrency=2),
            nodes.sink("out", type="log"),
        ],
        edges=[("in", "slow", "out"), ("beside", "out")],
        buffer=buffer,
    )
    return opened(graph)


def opened(graph: Graph) -> tuple[Shell, LocalPlatform]:
    program = compile_graph(graph)
    platform = LocalPlatform(clock=Clock(), secret={"STREAMFLOW_TOKEN": TOKEN}.get, log=lambda text: None)
    shell = Shell(program.kernel_class, program.service, platform, parts_for(program.service, asynchronous=True))
    shell.open()
    return shell, platform


@pytest.mark.parametrize("buffer", [{"packets": 3}, {"bytes": 120}])
async def test_a_source_is_refused_while_too_many_packets_are_parked(buffer: dict[str, Any]) -> None:
    shell, platform = shell_of(buffer)
    try:
        shell.run(lambda kernel, now: kernel.push("in", [60], now))
        assert not shell.full("in")
        shell.run(lambda kernel, now: kernel.push("in", [61, 62, 63], now))
        assert shell.full("in")
        assert collect(shell)["nodes"]["slow"]["queue_depth"] == 4
        assert not shell.full("beside")
        for number in range(4):
            shell.run(lambda kernel, now, number=number: kernel.resolve(f"slow:{number}", None, now=now))
        assert not shell.full("in")
    finally:
        shell.stop()
        await platform.halt()
        platform.close()


@pytest.mark.parametrize(
    ("buffer", "kept", "dropped"),
    [
        ({"packets": 3, "overflow": "drop_newest"}, [60, 61, 62], 3),
        ({"packets": 3, "overflow": "drop_oldest"}, [60, 61, 65], 3),  # two calls are under way
    ],
)
async def test_parked_packets_are_dropped_where_that_is_chosen(buffer: dict[str, Any], kept: Any, dropped: int) -> None:
    shell, platform = shell_of(buffer)
    try:
        for batch in ([60, 61], [62, 63], [64, 65]):
            assert not shell.full("in")
            shell.run(lambda kernel, now, batch=batch: kernel.push("in", batch, now))
        assert [packet.data for packet in parked(shell)] == kept
        rows = platform.sql("SELECT count(*) FROM _streamflow_state WHERE node = 'slow'")
        assert [tuple(row) for row in rows] == [(3,)]
        assert collect(shell)["nodes"]["slow"]["packets_dropped"] == {"overflow": dropped}
        assert collect(shell)["packets_dropped"] == dropped
        shell.kernel = None  # as after a crash
        shell.open()
        assert [packet.data for packet in parked(shell)] == kept
    finally:
        shell.stop()
        await platform.halt()
        platform.close()


@pytest.mark.parametrize("way", ["drop_oldest", "drop_newest"])
async def test_packets_that_fill_the_bytes_are_dropped_too(way: str) -> None:
    shell, platform = shell_of({"bytes": 300, "overflow": way})
    try:
        for value in range(60, 80):
            shell.run(lambda kernel, now, value=value: kernel.push("in", [value], now))
        values = [packet.data for packet in parked(shell)]
        assert values[:2] == [60, 61]
        assert 3 <= len(values) < 20
        assert values[-1] == 79 if way == "drop_oldest" else values == list(range(60, 60 + len(values)))
    finally:
        shell.stop()
        await platform.halt()
        platform.close()


async def test_a_rate_limit_that_delays_drops_too_and_the_watermark_goes_on() -> None:
    graph = Graph(
        name="Delayed",
        nodes=[
            nodes.source("in", type="manual", timestamp="t"),
            nodes.rate_limit("calm", limit=1, per="1h", overflow="delay"),
            nodes.aggregate("ten", window="time", duration=10, function=lambda packets: [p.data["t"] for p in packets]),
            nodes.sink("out", type="endpoint"),
        ],
        buffer={"packets": 1, "overflow": "drop_oldest"},
    )
    shell, platform = opened(graph)
    try:
        for t in (1, 2, 30):
            shell.run(lambda kernel, now, t=t: kernel.push("in", [{"t": t}], now))
        assert [packet.data["t"] for packet in parked(shell)] == [30]
        rows = platform.sql("SELECT data FROM _streamflow_newest")
        assert [json.loads(data) for (data,) in rows] == [[1]]  # 2 held the window open until it was dropped
        assert compile_graph(graph).guarantees[0].guarantee == "at most once"
    finally:
        shell.stop()
        await platform.halt()
        platform.close()


def parked(shell: Shell) -> list[Any]:
    """The packets that wait, in arrival order."""
    return [packet for stage in shell.open().stages for _, packet in sorted(stage.waiting.items())]


def fails(data):
    raise ValueError("never works")


def retrying(**buffer: Any) -> tuple[Shell, LocalPlatform]:
    """A graph in which packets wait in front of a node, and at a conditional edge behind a stage."""
    graph = Graph(
        name="Retrying",
        nodes=[
            nodes.source("in", type="manual"),
            nodes.source("beside", type="manual"),
            nodes.transform("risky", function=fails, error_strategy="retry", retry_policy={"initial_delay": 60}),
            nodes.sink("out", type="log"),
        ],
        edges=[("in", "risky", "out"), ("beside", "out")],
        buffer=buffer,
    )
    return opened(graph)


@pytest.mark.parametrize("buffer", [{"packets": 3}, {"bytes": 120}])
async def test_a_source_is_refused_while_too_many_packets_wait_for_another_try(buffer: dict[str, Any]) -> None:
    shell, _ = retrying(**buffer)
    try:
        shell.run(lambda kernel, now: kernel.push("in", [1], now))
        assert not shell.full("in")
        shell.run(lambda kernel, now: kernel.push("in", [2, 3, 4], now))
        assert shell.full("in")
        assert not shell.full("beside")
    finally:
        shell.stop()


@pytest.mark.parametrize(("overflow", "kept"), [("drop_oldest", [3, 4]), ("drop_newest", [1, 2])])
async def test_a_full_buffer_drops_packets_that_wait_for_another_try(overflow: str, kept: list[int]) -> None:
    shell, _ = retrying(packets=2, overflow=overflow)
    try:
        shell.run(lambda kernel, now: kernel.push("in", [1, 2, 3, 4], now))
        assert not shell.full("in")
        (retries,) = [stage for stage in shell.open().stages if stage.waiting]
        assert [waiting.packet.data for waiting in retries.waiting.values()] == kept
        rows = shell.platform.sql("SELECT count(*) FROM _streamflow_state WHERE node = ?", retries.name)
        assert rows == [(2,)]
        figures = collect(shell)
        assert figures["packets_dropped"] == 2
        assert figures["nodes"]["risky"]["packets_dropped"]["overflow"] == 2
        assert "risky retries" not in figures["nodes"]
    finally:
        shell.stop()
