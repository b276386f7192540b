"""A node holds at most so many keys; a packet with one more fails."""

from __future__ import annotations

from typing import Any

import pytest

from streamflow import Graph, compile_graph, nodes
from streamflow_runtime.kernel import Kernel

WINDOWS: list[dict[str, Any]] = [
    {"window": "time", "duration": 10},
    {"window": "time", "duration": 10, "slide": 5},
    {"window": "time", "duration": 10, "allowed_lateness": 5},
    {"window": "session", "gap": 10},
    {"window": "count", "size": 3},
    {"window": "rolling", "duration": 10},
]


def graph_of(node: Any, entries: tuple[str, ...]) -> Graph:
    return Graph(
        name="Keys",
        nodes=[
            nodes.source("in", type="manual", timestamp="at"),
            node,
            nodes.sink("out", type="log"),
            nodes.sink("failed", type="log"),
        ],
        edges=[*(("in", entry) for entry in entries), ("keyed", "out"), ("keyed.error", "failed")],
        limits={"keys": 2},
    )


def failed(kernel: Kernel) -> list[Any]:
    return [packet.data["data"]["k"] for packet in kernel.take("failed")]


@pytest.mark.parametrize("options", WINDOWS, ids=lambda options: "-".join(map(str, options.values())))
def test_windows(options: dict[str, Any]) -> None:
    node = nodes.aggregate("keyed", key="k", function=lambda packets: len(packets), **options)
    program = compile_graph(graph_of(node, ("keyed",)))
    kernel = program.kernel()
    for number, key in enumerate("abcab"):
        kernel.push("in", [{"k": key, "at": 1 + number / 10}], now=0.0)
    assert failed(kernel) == ["c"]
    copy = program.kernel()
    copy.restore(kernel.snapshot())
    for one in (kernel, copy):
        one.push("in", [{"k": "d", "at": 2}], now=0.0)
        assert failed(one) == ["d"]
        if options["window"] == "count":
            one.push("in", [{"k": "a", "at": 3}], now=0.0)
        else:
            one.push("in", [{"k": "a", "at": 100}], now=0.0)  # closes what the others had
        one.push("in", [{"k": "e", "at": 100}, {"k": "f", "at": 100}], now=0.0)
        assert failed(one) == ["f"]


@pytest.mark.parametrize("options", [{"within": 5}, {"window": "time", "duration": 5}, {"latest": True}])
def test_joins(options: dict[str, Any]) -> None:
    kernel = compile_graph(graph_of(nodes.join("keyed", key="k", **options), ("keyed.right",))).kernel()
    for key in "abcab":
        kernel.push("in", [{"k": key, "at": 1}], now=0.0)
    (failure,) = kernel.take("failed")
    assert failure.data["data"]["k"] == "c"
    assert failure.data["error"].startswith("keyed holds 2 keys, the most it may: ")
    assert "`ttl`" in failure.data["error"]
