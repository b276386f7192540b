"""Watermarks behind nodes where packets wait: an older packet that comes to wait takes nothing back."""

from __future__ import annotations

import json
from typing import Any

import pytest

import streamflow
from streamflow import Graph, nodes
from streamflow_runtime.kernel import Kernel


async def asked(data: Any) -> Any:
    return data


WAITS = {
    "async": nodes.transform("waits", function=asked),
    "delay": nodes.rate_limit("waits", limit=1, per=100, overflow="delay"),
}


@pytest.fixture(params=(0, 1, 2), ids=lambda level: f"level-{level}")
def level(request: pytest.FixtureRequest) -> int:
    return int(request.param)


@pytest.mark.parametrize("kind", WAITS)
def test_what_has_left_a_node_does_not_go_back_for_an_older_packet(kind: str, level: int) -> None:
    """15 has left when 3 comes to wait, so the other source alone decides when [0, 10) closes."""
    kernel = compiled(kind, level)
    until_an_older_packet_waits(kernel)
    kernel.push("right", [{"at": 12}], now=1)
    assert taken(kernel) == [[5]]


@pytest.mark.parametrize("kind", WAITS)
def test_what_has_left_is_state(kind: str, level: int) -> None:
    kernel = compiled(kind, level)
    until_an_older_packet_waits(kernel)
    restored = compiled(kind, level)
    restored.restore(json.loads(json.dumps(kernel.snapshot())))
    restored.push("right", [{"at": 12}], now=1)
    assert taken(restored) == [[5]]


@pytest.mark.parametrize("kind", WAITS)
def test_a_state_of_before_that_was_kept_is_read(kind: str, level: int) -> None:
    """It has no such entry; what waits holds the watermark where it is, until it goes on."""
    kernel = compiled(kind, level)
    until_an_older_packet_waits(kernel)
    saved = kernel.snapshot()
    header = json.loads(saved["rows"][-1][4])
    header["stages"]["waits"].pop()
    saved["rows"][-1][4] = json.dumps(header)
    restored = compiled(kind, level)
    restored.restore(saved)
    restored.push("right", [{"at": 12}], now=1)
    assert taken(restored) == []
    let_go(restored, now=200)
    assert taken(restored) == [[3, 5]]


def compiled(kind: str, level: int) -> Kernel:
    graph = Graph(
        name="Waiting",
        nodes=[
            nodes.source("left", type="manual", timestamp="at", out_of_orderness=0),
            nodes.source("right", type="manual", timestamp="at", out_of_orderness=0),
            WAITS[kind],
            nodes.aggregate(
                "tens", window="time", duration=10, function=lambda packets: [p.data["at"] for p in packets]
            ),
            nodes.sink("out", type="log"),
        ],
        edges=[("left", "waits", "tens", "out"), ("right", "tens")],
    )
    return streamflow.compile_graph(graph, level=level).kernel(secrets={})


def until_an_older_packet_waits(kernel: Kernel) -> None:
    kernel.push("right", [{"at": 5}], now=0)
    kernel.push("left", [{"at": 15}], now=0)
    let_go(kernel, now=0)
    kernel.push("left", [{"at": 3}], now=0)
    assert taken(kernel) == []


def let_go(kernel: Kernel, now: float) -> None:
    for call in kernel.pending():
        kernel.resolve(call.id, call.data, now=now)
    kernel.advance(now)


def taken(kernel: Kernel) -> list[Any]:
    return [packet.data for packet in kernel.take("out")]
