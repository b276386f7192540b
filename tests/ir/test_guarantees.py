"""The guarantee of each path, and the link that decides it."""

from __future__ import annotations

from typing import Any

import pytest

from streamflow import Graph, compile_graph, nodes

HOOK = nodes.source("in", type="webhook")
TABLE = nodes.sink("out", type="database", table="t")
SSE = nodes.source("in", type="sse", url="https://example.com")
HTTP = {"type": "http", "url": "https://example.com"}


@pytest.mark.parametrize(
    ("source", "sink", "guarantee", "weakest"),
    [
        (HOOK, TABLE, "exactly once", "in"),
        (nodes.source("in", type="queue", binding="Q"), TABLE, "exactly once", "in"),
        (nodes.source("in", type="timer", interval=1), TABLE, "exactly once", "in"),
        (nodes.source("in", type="websocket"), nodes.sink("out", type="endpoint"), "exactly once", "in"),
        (HOOK, nodes.sink("out", **HTTP), "at least once", "out"),
        (HOOK, nodes.sink("out", type="database", table="t", binding="DB"), "at least once", "out"),
        (HOOK, nodes.sink("out", type="custom", function=print), "at least once", "out"),
        (HOOK, nodes.sink("out", **HTTP, overflow="drop_oldest"), "at most once", "out"),
        (HOOK, nodes.sink("out", type="log"), "at most once", "out"),
        (HOOK, nodes.sink("out", type="websocket", keep=5), "at most once", "out"),
        (HOOK, nodes.sink("out", type="websocket", url="wss://example.com"), "at least once", "out"),
        (nodes.source("in", type="websocket", url="wss://example.com"), TABLE, "at most once", "in"),
        (nodes.source("in", type="http", url="https://example.com", interval=1), TABLE, "at most once", "in"),
        (SSE, TABLE, "at least once", "in"),
        (nodes.source("in", type="sse", url="https://example.com", dedupe_key="id"), TABLE, "exactly once", "in"),
        (
            nodes.source("in", type="sse", url="https://example.com"),
            nodes.sink("out", type="log"),
            "at most once",
            "out",
        ),
    ],
)
def test_a_path_is_as_its_weakest_link(source: Any, sink: Any, guarantee: str, weakest: str) -> None:
    step = nodes.filter("some", function=lambda data: data["n"] > 1)
    (path,) = compile_graph(Graph(name="Path", nodes=[source, step, sink])).guarantees
    assert (path.source, path.sink) == ("in", "out")
    assert (path.guarantee, path.weakest.node) == (guarantee, weakest)


async def waits(data: Any) -> Any:
    return data


@pytest.mark.parametrize(
    "parking",
    [
        nodes.transform("wait", function=waits),
        nodes.rate_limit("wait", limit=1, per=1, overflow="delay"),
        nodes.transform("wait", function=lambda data: data["n"], error_strategy="retry"),
    ],
)
def test_a_node_where_packets_park_may_drop_too(parking: Any) -> None:
    sinks = [nodes.sink("out", type="database", table="t"), nodes.sink("beside", type="database", table="b")]
    edges = [("in", "wait", "out"), ("in", "beside")]
    for way, guarantee, weakest in (("refuse", "exactly once", "in"), ("drop_oldest", "at most once", "wait")):
        program = compile_graph(Graph(name="P", nodes=[HOOK, parking, *sinks], edges=edges, buffer={"overflow": way}))
        first, second = program.guarantees
        assert (first.guarantee, first.weakest.node) == (guarantee, weakest)
        assert (second.guarantee, second.weakest.node) == ("exactly once", "in")
        assert program.service["paths"] == {"in": ["wait", "out", "beside"] if way == "refuse" else ["out", "beside"]}


def test_a_graphs_buffer_may_drop_at_all_its_sinks() -> None:
    graph = Graph(
        name="Drops",
        nodes=[HOOK, nodes.sink("calls", **HTTP), nodes.sink("rows", type="database", table="t")],
        edges=[("in", "calls"), ("in", "rows")],
        buffer={"packets": 5, "bytes": "1MB", "overflow": "drop_newest"},
    )
    program = compile_graph(graph)
    assert [path.guarantee for path in program.guarantees] == ["at most once", "exactly once"]
    assert program.service["buffer"] == {"packets": 5, "bytes": 1024 * 1024}
    assert program.service["sinks"]["calls"]["overflow"] == "drop_newest"
    assert program.service["paths"] == {"in": ["rows"]}
