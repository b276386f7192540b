"""A key has at most 1 KB, or what `limits` says; its packet fails."""

from __future__ import annotations

from typing import Any

import pytest

from reference.interpreter import Interpreter
from streamflow import Graph, agg, compile_graph, nodes

KEYED = [
    nodes.aggregate("keyed", window="count", size=1, key="k", function=len),
    nodes.aggregate("keyed", window="time", duration=1, key=("k", "n"), aggregates={"n": agg.count()}),
    nodes.stateful_map("keyed", key="k", initial=0, function=lambda state, data: (state, 1)),
    nodes.dedupe("keyed", key=lambda data: data["k"], within=1),
    nodes.rate_limit("keyed", key="k", limit=1, per=1),
]


def graph_of(node: Any, **limits: Any) -> Graph:
    many = [nodes.source("in", type="manual"), node, nodes.sink("out", type="log"), nodes.sink("failed", type="log")]
    return Graph(name="Keys", nodes=many, edges=[("in", "keyed", "out"), ("keyed.error", "failed")], limits=limits)


@pytest.mark.parametrize("node", KEYED, ids=lambda node: node.kind)
def test_a_long_key_fails_its_packet(node: Any) -> None:
    fits, long = "x" * 1000 + "é" * 12, "x" * 1000 + "é" * 13
    for level in (0, 1, 2):
        kernel = compile_graph(graph_of(node), level=level).kernel()
        kernel.push("in", [{"k": fits, "n": 1}, {"k": long, "n": 2}], now=0.0)
        kernel.finish()
        (failure,) = kernel.take("failed")
        assert failure.data["error"] == "a key of 1,026 bytes, more than 1,024"
        assert failure.data["data"]["n"] == 2
        assert len(kernel.take("out")) == 1
    interpreter = Interpreter(graph_of(node))
    interpreter.push("in", [{"k": fits, "n": 1}, {"k": long, "n": 2}], now=0.0)
    assert [packet.data["type"] for packet in interpreter.take("failed")] == ["ValueError"]


def test_the_limit_is_the_graphs() -> None:
    kernel = compile_graph(graph_of(KEYED[2], key=20)).kernel()
    kernel.push("in", [{"k": "x" * 20}, {"k": "x" * 21}], now=0.0)
    assert len(kernel.take("out")) == 1
    assert kernel.take("failed")[0].data["error"] == "a key of 21 bytes, more than 20"


def test_texts_of_a_tuple_count_together() -> None:
    kernel = compile_graph(graph_of(KEYED[1], key=20)).kernel()
    kernel.push("in", [{"k": "x" * 10, "n": "y" * 10}, {"k": "x" * 10, "n": "y" * 11}], now=0.0)
    kernel.finish()
    assert len(kernel.take("out")) == 1
    assert len(kernel.take("failed")) == 1


def test_values_that_are_counted_are_no_keys() -> None:
    entries = {"top": agg.top_k("k", 1), "distinct": agg.distinct("k")}
    kernel = compile_graph(graph_of(nodes.aggregate("keyed", window="count", size=1, aggregates=entries))).kernel()
    kernel.push("in", [{"k": "x" * 5000}], now=0.0)
    assert kernel.take("out")[0].data["distinct"] == 1
