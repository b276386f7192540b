"""Small graphs on which a compiled kernel once differed from the language; each test names the rule."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import pytest

import streamflow
from fuzz.running import run_kernel, run_reference
from fuzz.streams import Finish, Push, Stream
from reference.interpreter import Interpreter
from streamflow import edge, nodes
from streamflow.dsl.edge import EdgeLike
from streamflow.dsl.graph import GraphDefinition
from streamflow.dsl.node import Node

LEVELS = (0, 1, 2)


@pytest.fixture(params=LEVELS, ids=[f"level-{level}" for level in LEVELS])
def level(request: pytest.FixtureRequest) -> int:
    return int(request.param)


def test_a_condition_keeps_its_function_beside_its_counter(level: int) -> None:
    kernel = compiled(
        level,
        [source(), nodes.filter("none", function=lambda data: False), step("a"), sink()],
        [("in", "none", "out"), edge("in", "a", when=lambda data: data > 0), ("a", "out")],
    )
    kernel.push("in", [1, 2, -1], now=0)
    assert kernel.failures() == []
    assert data(kernel) == ["1a", "2a"]
    assert kernel.metrics()["nodes"]["a"]["packets_processed"] == 2


def test_counters_are_apart_from_nodes_of_such_names(level: int) -> None:
    kernel = compiled(
        level,
        [
            source("a"),
            nodes.filter("b", function=lambda data: data > 0),
            nodes.aggregate("b_count", window="count", size=2, function=values),
            nodes.aggregate("a_to_b", window="count", size=2, function=values),
            sink(),
        ],
        [edge("a", "b", when=lambda data: data < 9), ("b", "b_count", "out"), ("a", "a_to_b", "out")],
    )
    kernel.push("a", [1, 2, -1, 10], now=0)
    assert kernel.failures() == []
    assert data(kernel) == [[1, 2], [1, 2], [-1, 10]]
    assert kernel.metrics()["nodes"]["b_count"]["packets_processed"] == 2


def test_edges_under_different_conditions_are_different_edges(level: int) -> None:
    kernel = compiled(
        level,
        [source(), sink()],
        [
            edge("in", "out", when=lambda data: data > 1),
            edge("in", "out", when=lambda data: data < 3),
            ("in", "out"),
        ],
    )
    kernel.push("in", [1, 2], now=0)
    assert data(kernel) == [1, 1, 2, 2, 2]
    assert kernel.metrics()["nodes"]["out"]["packets_processed"] == 5


@pytest.mark.parametrize("name", ["run_in", "after_w", "result_of_w", "on_out", "after_w_error"])
def test_nodes_may_be_called_like_generated_methods(level: int, name: str) -> None:
    kernel = compiled(
        level,
        [
            source(),
            nodes.aggregate("w", window="count", size=1, function=lambda packets: packets[0].data),
            nodes.aggregate(name, window="count", size=1, function=lambda packets: packets[0].data),
            sink(),
        ],
        [("in", "w", name, "out"), ("w.error", "out"), ("in", "out")],
    )
    kernel.push("in", [1], now=0)
    assert data(kernel) == [1, 1]


def test_a_value_that_cannot_be_copied_fails_its_packet_alone(level: int) -> None:
    kernel = compiled(
        level,
        [source(), nodes.transform("lazy", function=lambda data: (x for x in data)), sink("a"), sink("b")],
        [("in", "lazy", "a"), ("lazy", "b")],
    )
    kernel.push("in", [[1], 5, [2]], now=0)
    assert [failure.node for failure in kernel.failures()] == ["a", "b", "lazy", "a", "b"]
    assert kernel.admitted == {"in": 3}


def test_a_value_that_cannot_be_copied_fails_at_each_branch(level: int) -> None:
    graph = GraphDefinition(
        "Case",
        [
            source(),
            nodes.transform("lazy", function=lambda data: (x for x in data)),
            *[sink("a"), sink("b"), sink("errors"), sink("undelivered")],
        ],
        [("in", "lazy", "a"), ("lazy", "b"), ("lazy.error", "errors"), ("b.error", "undelivered")],
    )
    kernel, reference = streamflow.compile_graph(graph, level=level).kernel(secrets={}), Interpreter(graph)
    for one in (kernel, reference):
        one.push("in", [[1], 5], now=0)
        # The record for `b.error` holds the value too, so it can't be copied either.
        assert [(failure.node, failure.type) for failure in one.failures()] == [
            ("a", "TypeError"),
            ("undelivered", "TypeError"),
        ]
        assert [record["error"] for record in data(one, "errors")] == ["'int' object is not iterable"]
        assert data(one, "a") == data(one, "b") == []


def test_kernels_of_one_program_keep_their_own_secrets(level: int) -> None:
    key = streamflow.secret("KEY")
    graph = GraphDefinition("g", [source(), nodes.transform("signed", function=lambda data: [data, key]), sink()])
    program = streamflow.compile_graph(graph, level=level)
    first, second = program.kernel(secrets={"KEY": "one"}), program.kernel(secrets={"KEY": "two"})
    first.push("in", [1], now=0)
    second.push("in", [2], now=0)
    assert data(first) == [[1, "one"]]
    assert data(second) == [[2, "two"]]


def test_an_edge_is_one_however_its_ends_are_spelled(level: int) -> None:
    kernel = compiled(
        level,
        [source(), nodes.filter("f", function=lambda data: data > 1), sink(), sink("rest")],
        [("in", "f.rejected", "rest"), ("in.out", "f", "out"), ("in", "f"), ("f.out", "out")],
    )
    kernel.push("in", [1, 2], now=0)
    assert data(kernel) == [2]
    assert data(kernel, "rest") == [1]


def test_conditional_edges_from_two_ports_to_one_node_are_counted_apart(level: int) -> None:
    kernel = compiled(
        level,
        [source(), nodes.filter("f", function=lambda data: data > 5), sink()],
        [
            ("in", "f"),
            edge("f", "out", when=lambda data: data % 2 == 0),
            edge("f.rejected", "out", when=lambda data: data % 2 == 0),
        ],
    )
    kernel.push("in", [1, 2, 6, 7, 8], now=0)
    assert data(kernel) == [2, 6, 8]
    assert kernel.metrics()["nodes"]["out"]["packets_processed"] == 3


def test_a_branch_within_a_branch_keeps_its_value_to_itself(level: int) -> None:
    kernel = compiled(
        level,
        [source(), nodes.filter("f", function=lambda data: data > 0), step("a"), sink(), sink("inner"), sink("outer")],
        [("in", "f", "inner"), ("f", "a", "out"), ("in", "outer")],
    )
    kernel.push("in", [1], now=0)
    assert data(kernel) == ["1a"]
    assert data(kernel, "inner") == [1]
    assert data(kernel, "outer") == [1]


def test_a_builtin_that_may_change_its_argument_is_called_by_name(level: int) -> None:
    kernel = compiled(level, [source(), nodes.transform("size", function=abs), sink(), sink("raw")], TWO_BRANCHES)
    kernel.push("in", [-2], now=0)
    assert data(kernel) == [2]
    assert data(kernel, "raw") == [-2]


def test_a_failure_holds_the_data_as_the_node_received_it(level: int) -> None:
    """What happens to a failure's data later is nobody else's business, and the other way round."""
    kernel = compiled(
        level,
        [source(), nodes.transform("size", function=lambda data: data["missing"]), asynchronous("slow"), sink("raw")],
        [("in", "size", "raw"), ("in", "slow", "raw")],
    )
    kernel.push("in", [{"items": [1]}], now=0)
    [failure] = kernel.failures()
    failure.data["items"].clear()
    failure.data.clear()
    [call] = kernel.pending()
    assert call.data == {"items": [1]}


def test_an_error_branch_keeps_its_changes_to_itself(level: int) -> None:
    def emptied(data: Any) -> Any:
        data["data"].clear()
        return data

    kernel = compiled(
        level,
        [
            source(),
            nodes.transform("size", function=lambda data: data["missing"]),
            nodes.transform("emptied", function=emptied),
            sink(),
            sink("raw"),
        ],
        [("in", "size"), ("size.error", "emptied", "out"), ("in", "raw")],
    )
    kernel.push("in", [{"items": [1]}], now=0)
    assert data(kernel)[0]["data"] == {}
    assert data(kernel, "raw") == [{"items": [1]}]


def test_what_a_failing_condition_sends_to_error_is_not_what_other_edges_send(level: int) -> None:
    kernel = compiled(
        level,
        [source(), asynchronous("slow"), sink(), sink("raw")],
        [edge("in", "raw", when=lambda data: data["missing"]), ("in", "slow", "raw"), ("in.error", "out")],
    )
    kernel.push("in", [{"items": [1]}], now=0)
    [error] = kernel.take("out")
    error.data["data"].clear()
    [call] = kernel.pending()
    assert call.data == {"items": [1]}


def test_changes_of_metadata_stay_in_their_branch(level: int) -> None:
    def marked(data: Any, packet: Any) -> Any:
        packet.metadata["marked"] = True
        return data

    kernel = compiled(level, [source(), nodes.transform("size", function=marked), sink(), sink("raw")], TWO_BRANCHES)
    kernel.push("in", [1, 2], now=0, metadata={"ip": "::1"})
    assert [packet.metadata for packet in kernel.take("raw")] == [{"ip": "::1"}, {"ip": "::1"}]


def test_a_raising_condition_behind_an_error_port_ends_there(level: int) -> None:
    """It is a failure of that edge, and its node's `error` port is the very way it could not go: dropped, reported."""
    kernel = compiled(
        level,
        [source(), nodes.transform("size", function=lambda data: 1 / data), sink()],
        [("in", "size"), edge("size.error", "out", when=lambda data: data["missing"])],
    )
    kernel.push("in", [0], now=0)
    [failure] = kernel.failures()
    assert (failure.node, failure.type, failure.data["type"]) == ("size", "KeyError", "ZeroDivisionError")
    assert failure.packet.id == "in:0/size:0"
    assert kernel.metrics()["nodes"]["size"]["packets_dropped"] == {"error": 1}


def test_a_raising_condition_behind_a_window_reports_the_id_of_the_result(level: int) -> None:
    kernel = compiled(
        level,
        [source(), step("a"), nodes.aggregate("pair", window="count", size=2, function=values), sink()],
        [("in", "a", "pair"), edge("pair", "out", when=lambda data: data["missing"])],
    )
    kernel.push("in", [1, 2], now=0)
    [failure] = kernel.failures()
    assert (failure.node, failure.packet.id) == ("pair", "pair:null:0:0:0")


def test_the_line_of_a_failure_is_the_innermost_of_the_users(level: int) -> None:
    def helper(data: Any) -> Any:
        return data["missing"]

    def calls_the_helper(data: Any) -> Any:
        return [helper(data)]

    kernel = compiled(level, [source(), nodes.transform("a", function=calls_the_helper), sink()])
    kernel.push("in", [{}], now=0)
    [failure] = kernel.failures()
    assert failure.line == helper.__code__.co_firstlineno + 1


def test_the_text_of_a_kernel_knows_the_lines_that_the_kernel_in_process_knows(level: int) -> None:
    function = lambda data: {"a": data["missing"]}
    graph = GraphDefinition("Case", [source(), nodes.transform("a", function=function), sink()])
    program = streamflow.compile_graph(graph, level=level)
    namespace: dict[str, Any] = {"__name__": "kernel", "__file__": "kernel.py"}
    exec(compile(program.kernel_text, "kernel.py", "exec"), namespace)
    for kernel in (program.kernel(secrets={}), namespace["Kernel"](secrets={})):
        kernel.push("in", [{}], now=0)
        [failure] = kernel.failures()
        assert failure.line == function.__code__.co_firstlineno


def test_parked_packets_are_not_processed_behind_their_node_yet(level: int) -> None:
    kernel = compiled(level, [source(), asynchronous("slow"), sink()])
    kernel.push("in", [1, 2], now=0)
    kernel.resolve("slow:0", "a", now=0)
    processed = {name: node["packets_processed"] for name, node in kernel.metrics()["nodes"].items()}
    assert processed == {"in": 2, "slow": 2, "out": 1}


@pytest.mark.parametrize("window", [{"window": "time", "duration": 10}, {"window": "session", "gap": 9}])
def test_calls_that_the_end_of_input_made_close_the_windows_behind_them(level: int, window: dict[str, Any]) -> None:
    kernel = compiled(
        level,
        [
            nodes.source("in", type="manual", timestamp=lambda data: data),
            nodes.aggregate("first", function=values, **window),
            asynchronous("slow"),
            nodes.aggregate("second", function=values, **window),
            sink(),
        ],
    )
    kernel.push("in", [1], now=0)
    kernel.finish()
    kernel.resolve("slow:0", "A", now=0)
    kernel.finish()
    assert data(kernel) == [["A"]]


def test_the_type_of_a_parked_error_survives_two_restarts(level: int) -> None:
    graph = [source(), asynchronous("slow"), sink()]
    kernel = compiled(level, graph)
    kernel.push("in", [1, 2], now=0)
    kernel.resolve("slow:1", now=0, error=ConnectionError("lost"))
    for _ in range(2):
        saved = json.loads(json.dumps(kernel.snapshot()))
        kernel = compiled(level, graph)
        kernel.restore(saved)
    kernel.resolve("slow:0", 1, now=0)
    [failure] = kernel.failures()
    assert (failure.type, failure.error) == ("ConnectionError", "lost")


TWO_BRANCHES = [("in", "size", "out"), ("in", "raw")]


def compiled(level: int, nodes: list[Node], edges: Iterable[EdgeLike] | None = None) -> Any:
    return streamflow.compile_graph(GraphDefinition("Case", nodes, edges), level=level).kernel(secrets={})


def data(kernel: Any, sink: str = "out") -> list[Any]:
    return [packet.data for packet in kernel.take(sink)]


def values(packets: list[Any]) -> list[Any]:
    return [packet.data for packet in packets]


def source(name: str = "in") -> Node:
    return nodes.source(name, type="manual")


def step(name: str) -> Node:
    return nodes.transform(name, function=lambda data: f"{data}{name}")


def asynchronous(name: str) -> Node:
    async def call(data: Any) -> Any:
        return data

    return nodes.transform(name, function=call)


def sink(name: str = "out") -> Node:
    return nodes.sink(name, type="log")


def test_a_join_that_is_past_the_end_of_input_has_nothing_to_send() -> None:
    """Its watermark is infinite then, as is the end of what no longer waits."""
    graph = GraphDefinition(
        "after the end",
        [
            nodes.source("left", type="manual"),
            nodes.source("right", type="manual"),
            nodes.join("pairs", within=5, key="k", how="left"),
            sink(),
        ],
        [("left", "pairs.left"), ("right", "pairs.right"), ("pairs", "out")],
    )
    kernel = streamflow.compile_graph(graph).kernel()
    kernel.push("left", [{"k": 1}], now=0.0)
    kernel.finish()
    (join,) = kernel.stages
    join.fire(join.watermark)
    assert [packet.data for packet in kernel.take("out")] == [{"left": {"k": 1}, "right": None}]


@pytest.mark.parametrize("level", [0, 1, 2])
@pytest.mark.parametrize("last", [[], [{"at": 100}]])
def test_what_fires_is_late_behind_it_by_the_time_reached_before(level: int, last: list[dict[str, int]]) -> None:
    """A join's pair has a time of its own, which the watermark may have passed before the join's window ended."""
    graph = GraphDefinition(
        "passed before",
        [
            nodes.source("s", type="manual", timestamp="at", out_of_orderness=0),
            nodes.join("both", window="time", duration=10),
            nodes.aggregate("count", window="time", duration=2, function=lambda packets: len(packets)),
            sink(),
        ],
        [("s", "both.left"), ("s", "both.right"), ("both", "count"), ("count", "out")],
    )
    stream = Stream([Push("s", [{"at": 1}, {"at": 5}, *last], 0.0, None, None), Finish(0)], 0)
    expected, actions = run_reference(Interpreter(graph), stream, set())
    seen = run_kernel(streamflow.compile_graph(graph, level=level).kernel(secrets={}), actions, set())
    assert seen.all == expected.all
    assert [line for line in seen.all if "(None, 0.0, 2.0)" in line] == []  # it is late: the watermark was at 5
    assert len([line for line in seen.all if "(None, 4.0, 6.0)" in line]) == 1


@pytest.mark.parametrize("level", [0, 1, 2])
def test_attributes_of_the_users_exceptions_are_their_own(level: int) -> None:
    """Not what the runtime notes about errors that it keeps."""

    def refuse(data: Any) -> Any:
        error = ValueError("no")
        error.type, error.place = "kind", "somewhere"  # type: ignore[attr-defined]
        raise error

    graph = GraphDefinition("own", [source(), nodes.transform("t", function=refuse), sink()])
    kernel = streamflow.compile_graph(graph, level=level).kernel()
    kernel.push("in", [1], now=0.0)
    (failure,) = kernel.failures()
    assert (failure.node, failure.type, failure.error) == ("t", "ValueError", "no")
    assert failure.line is not None


@pytest.mark.parametrize("level", [0, 1, 2])
def test_the_line_of_a_function_of_pythons_own_is_where_its_node_stands(level: int) -> None:
    """Not a line of the library's file."""
    dumped = nodes.transform("t", function=json.dumps)
    graph = GraphDefinition("own", [source(), nodes.transform("s", function=lambda data: {*data}), dumped, sink()])
    kernel = streamflow.compile_graph(graph, level=level).kernel()
    reference = Interpreter(graph)
    for program in (kernel, reference):
        program.push("in", [[1]], now=0.0)
        (failure,) = program.failures()
        assert (failure.node, failure.type, failure.line) == ("t", "TypeError", dumped.span.line)
