"""Routes: order of cases, defaults, names from functions, packets without a way, failures of single predicates."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest

import streamflow
from streamflow import nodes
from streamflow.diagnostics import CompileError
from streamflow.dsl.edge import EdgeLike
from streamflow.dsl.graph import GraphDefinition

LEVELS = (0, 1, 2)


@pytest.fixture(params=LEVELS, ids=[f"level-{level}" for level in LEVELS])
def level(request: pytest.FixtureRequest) -> int:
    return int(request.param)


def test_the_first_case_that_is_true_takes_the_packet(level: int) -> None:
    route = nodes.route("r", cases={"high": lambda data: data > 10, "even": lambda data: data % 2 == 0}, default="rest")
    kernel = compiled(level, route, [("in", "r.high", "a"), ("r.even", "b"), ("r.rest", "c")])
    kernel.push("in", [12, 4, 3, 11], now=0)
    assert [data(kernel, sink) for sink in "abc"] == [[12, 11], [4], [3]]
    assert [packet.id for packet in kernel.take("a")] == []
    assert kernel.metrics()["packets_dropped"] == 0


def test_without_a_match_and_default_a_packet_has_no_route(level: int) -> None:
    route = nodes.route("r", cases={"high": lambda data: data > 10, "low": lambda data: data < 0})
    kernel = compiled(level, route, [("in", "r.high", "a")])
    kernel.push("in", [12, 5, -1], now=0)
    assert data(kernel, "a") == [12]
    figures = kernel.metrics()["nodes"]
    assert figures["r"] == {"packets_processed": 3, "packets_dropped": {"no route": 2}, "packets_rejected": 0}
    assert figures["a"]["packets_processed"] == 1


def test_a_function_names_the_port(level: int) -> None:
    route = nodes.route("r", function=lambda data: data["kind"], default="other")
    kernel = compiled(level, route, [("in", "r.a", "a"), ("r.invalid", "b"), ("r.other", "c")])
    kernel.push("in", [{"kind": kind} for kind in ("a", "invalid", "x", None, "error", [])], now=0)
    assert data(kernel, "a") == [{"kind": "a"}]
    assert data(kernel, "b") == [{"kind": "invalid"}]
    assert data(kernel, "c") == [{"kind": kind} for kind in ("x", None, "error", [])]
    assert kernel.metrics()["packets_dropped"] == 0


def test_an_unknown_name_and_none_have_no_route(level: int) -> None:
    kernel = compiled(level, nodes.route("r", function=lambda data: data), [("in", "r.a", "a"), ("r.error", "b")])
    kernel.push("in", ["a", "b", None, "error"], now=0)
    assert (data(kernel, "a"), data(kernel, "b")) == (["a"], [])
    assert kernel.metrics()["nodes"]["r"]["packets_dropped"] == {"no route": 3}


def test_a_predicate_that_raises_is_a_failure_of_the_route(level: int) -> None:
    route = nodes.route("r", cases={"one": lambda data: data == 1, "high": lambda data: 1 / data > 1})
    graph = [("in", "r.one", "step", "a"), ("r.high", "b"), ("r.error", "c")]
    kernel = compiled(level, route, graph, nodes.transform("step", function=lambda data: data + 1))
    kernel.push("in", [1, 0, 0.5], now=0)
    assert (data(kernel, "a"), data(kernel, "b")) == ([2], [0.5])
    (failed,) = data(kernel, "c")
    assert (failed["node"], failed["type"], failed["data"]) == ("r", "ZeroDivisionError", 0)


def test_a_tapped_route_shows_what_finds_a_way() -> None:
    route = nodes.route("r", cases={"high": lambda data: data > 10})
    definition = GraphDefinition("Test", [nodes.source("in", type="manual"), route, sink("a")], [("in", "r.high", "a")])
    definition.taps = ("r",)
    kernel = streamflow.compile_graph(definition).kernel(secrets={})
    kernel.push("in", [12, 5], now=0)
    assert data(kernel, "r") == [12]


@pytest.mark.parametrize(
    "options, message",
    [
        ({}, "give either `cases` or `function`"),
        ({"cases": {"a": len}, "function": len}, "give either `cases` or `function`"),
        ({"cases": {}}, "`cases` is empty"),
        ({"cases": {"out": len}}, "a port can't be called 'out'"),
        ({"cases": {"a": len}, "default": "a.b"}, "'a.b' can't be the name of a port"),
    ],
)
def test_options_that_say_nothing_clear_are_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(CompileError, match=message):
        nodes.route("r", **options)


def compiled(level: int, route: Any, edges: Iterable[EdgeLike], *others: Any) -> Any:
    made = [nodes.source("in", type="manual"), route, *others, sink("a"), sink("b"), sink("c")]
    return streamflow.compile_graph(GraphDefinition("Test", made, edges), level=level).kernel(secrets={})


def sink(name: str) -> Any:
    return nodes.sink(name, type="log")


def data(kernel: Any, sink: str) -> list[Any]:
    """What arrived there."""
    return [packet.data for packet in kernel.take(sink)]
