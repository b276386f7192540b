"""Back pressure of packets that wait for calls."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from runtime.services import TOKEN, Clock
from streamflow import Graph, compile_graph, nodes
from streamflow.host.local_platform import LocalPlatform
from streamflow.target.parts import parts_for
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
        assert not shell.full("beside")
        for number in range(4):
            shell.run(lambda kernel, now, number=number: kernel.resolve(f"slow:{number}", None, now=now))
        assert not shell.full("in")
    finally:
        shell.stop()
        await platform.halt()
        platform.close()
