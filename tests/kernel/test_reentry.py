"""Packets that failed enter again where that was: nothing before it runs again, and what follows is as it would be."""

from __future__ import annotations

from typing import Any

import pytest

from streamflow import Graph, compile_graph, edge, nodes
from streamflow_runtime.packet import Packet
from streamflow_runtime.reentry import enter, place_of, takes


def chain(*middle: Any, edges: Any = None) -> Graph:
    made = [nodes.source("events", type="manual"), *middle, nodes.sink("out", type="log")]
    return Graph("Again", made, edges)


def ends(kernel: Any) -> list[tuple[Any, str]]:
    return [(packet.data, packet.id) for packet in kernel.take("out")]


@pytest.mark.parametrize("level", [0, 1, 2])
def test_the_rest_of_the_way_runs_once(level: int) -> None:
    graph = chain(
        nodes.transform("added", function=lambda data: {**data, "n": data["n"] + 1}),
        nodes.transform("inverse", function=lambda data: {**data, "n": 12 / data["n"]}),
        nodes.filter("large", function=lambda data: data["n"] > 1),
        nodes.transform("named", function=lambda data: {**data, "name": f"no {data['n']}"}),
    )
    kernel = compile_graph(graph, level=level).kernel()
    kernel.push("events", [{"n": -1}, {"n": 2}], 0.0)
    (failure,) = kernel.failures()
    place = place_of(kernel, failure)
    assert (place, failure.packet.id, failure.packet.data) == ("inverse", "events:0/added:0", {"n": 0})
    assert ends(kernel) == [({"n": 4.0, "name": "no 4.0"}, "events:1/added:0/inverse:0/named:0")]
    mended = failure.packet.derive({"n": 3})
    enter(kernel, "inverse", mended, 1.0)
    assert ends(kernel) == [({"n": 4.0, "name": "no 4.0"}, "events:0/added:0/inverse:0/named:0")]
    figures = {name: node["packets_processed"] for name, node in kernel.metrics()["nodes"].items()}
    assert figures == {"events": 2, "added": 2, "inverse": 3, "large": 2, "named": 2, "out": 2}


@pytest.mark.parametrize("level", [0, 1, 2])
def test_figures_agree_where_only_fused_code_has_the_function_in_place(level: int) -> None:
    """A name of the function's own is the packet's data in the method to enter again, so that calls the function."""
    graph = chain(
        nodes.aggregate("kept", window="count", size=9, function=lambda packets: [p.data for p in packets]),
        nodes.transform(
            "tagged", function=lambda record: {**record, "tags": [data for data in record["tags"] if data]}
        ),
        nodes.transform("named", function=lambda data: {**data, "name": "a"}),
        edges=[("events", "kept", "out"), ("events", "tagged", "out"), ("events", "named", "out")],
    )
    kernel = compile_graph(graph, level=level).kernel()
    kernel.push("events", [{"tags": ["a", ""]}, {"tags": None}], 0.0)
    assert len(ends(kernel)) == 3
    assert kernel.metrics()["nodes"]["out"]["packets_processed"] == 3
    enter(kernel, "tagged", Packet({"tags": ["b"]}, 0, "events", 1, "", {}), 1.0)
    assert ends(kernel) == [({"tags": ["b"]}, "events:1/tagged:0")]
    assert kernel.metrics()["nodes"]["out"]["packets_processed"] == 4


@pytest.mark.parametrize("level", [0, 1, 2])
def test_what_fails_again_is_reported_as_before(level: int) -> None:
    graph = chain(
        nodes.transform("added", function=lambda data: data + 1),
        nodes.transform("inverse", function=lambda data: 1 / data),
    )
    kernel = compile_graph(graph, level=level).kernel()
    kernel.push("events", [-1], 0.0)
    (first,) = kernel.failures()
    enter(kernel, "inverse", first.packet, 1.0)
    (second,) = kernel.failures()
    assert (second.node, second.where, second.error, second.line) == (first.node, "inverse", first.error, first.line)
    assert (second.packet.id, second.packet.data) == (first.packet.id, first.packet.data)
    assert kernel.metrics()["nodes"]["inverse"]["packets_dropped"] == {"error": 2}


@pytest.mark.parametrize("level", [0, 1, 2])
def test_an_edge_with_a_condition_is_a_place_of_its_own(level: int) -> None:
    made = [
        nodes.transform("doubled", function=lambda data: {"n": data["n"] * 2}),
        nodes.sink("other", type="log"),
    ]
    edges = [("events", "doubled"), edge("doubled", "out", when=lambda data: 4 / data["n"] > 1), ("doubled", "other")]
    kernel = compile_graph(chain(*made, edges=edges), level=level).kernel()
    kernel.push("events", [{"n": 0}], 0.0)
    (failure,) = kernel.failures()
    assert (failure.node, failure.where) == ("doubled", "doubled -> out")
    assert len(kernel.take("other")) == 1
    enter(kernel, failure.where, failure.packet.derive({"n": 2}), 1.0)
    assert ends(kernel) == [({"n": 2}, "events:0/doubled:0")]
    assert kernel.take("other") == []


WINDOWS = {
    "tumbling": {"window": "time", "duration": 10},
    "count": {"window": "count", "size": 3},
}


@pytest.mark.parametrize("level", [0, 1, 2])
@pytest.mark.parametrize("time", [{}, {"timestamp": "t", "out_of_orderness": 0}], ids=["arrival", "event"])
@pytest.mark.parametrize("window", WINDOWS)
def test_a_window_takes_what_enters_beside_the_loop_that_feeds_it(
    window: str, time: dict[str, Any], level: int
) -> None:
    """Before the loop's first packet of a window, between two of its batches, and too late."""
    source = nodes.source("events", type="manual", **time)
    made = [
        nodes.transform("halved", function=lambda data: {**data, "n": data["n"] / 2}),
        nodes.aggregate(
            "totals",
            **WINDOWS[window],
            function=lambda packets: {"total": sum(p.data["n"] for p in packets), "count": len(packets)},
        ),
        nodes.sink("out", type="log"),
    ]
    kernel = compile_graph(Graph("Again", [source, *made]), level=level).kernel()
    kernel.push("events", [{"n": None, "t": 1}], 1.0)
    (failure,) = kernel.failures()
    mended = failure.packet.derive({"n": 2, "t": 1})
    enter(kernel, "halved", mended, 1.0)
    kernel.push("events", [{"n": 4, "t": 2}], 2.0)
    enter(kernel, "halved", mended, 2.0)
    kernel.push("events", [{"n": 100, "t": 12}], 12.0)
    enter(kernel, "halved", mended, 12.0)
    kernel.finish()
    assert kernel.failures() == []
    results = [data for data, _ in ends(kernel)]
    late = {
        "tumbling": [{"total": 4.0, "count": 3}, {"total": 50.0, "count": 1}],
        "count": [{"total": 4.0, "count": 3}],
    }
    assert results == late[window]
    assert kernel.metrics()["nodes"]["totals"]["packets_dropped"] == ({"late": 1} if window == "tumbling" else {})


def test_a_window_takes_what_failed_at_its_key_but_not_its_own_result() -> None:
    window = nodes.aggregate(
        "pairs", window="count", size=2, key="k", function=lambda packets: 1 / packets[0].data["n"]
    )
    kernel = compile_graph(chain(window)).kernel()
    kernel.push("events", [{"k": "a", "n": 1}, {"n": 2}], 0.0)
    (failure,) = kernel.failures()
    assert place_of(kernel, failure) == "pairs"
    enter(kernel, "pairs", failure.packet.derive({"k": "a", "n": 2}), 1.0)
    assert [data for data, _ in ends(kernel)] == [1.0]
    kernel.push("events", [{"k": "b", "n": 0}, {"k": "b", "n": 0}], 2.0)
    (failure,) = kernel.failures()
    assert place_of(kernel, failure) is None


def test_a_place_that_is_no_more_takes_nothing() -> None:
    kernel = compile_graph(chain(nodes.transform("kept", function=lambda data: [data]))).kernel()
    assert not takes(kernel, "gone")
    assert takes(kernel, "kept")
    assert takes(kernel, "out")
    enter(kernel, "out", Packet(1, 0, "events", 0, "", {}), 0.0)
    assert ends(kernel) == [(1, "events:0")]


def test_a_tapped_node_takes_packets_too() -> None:
    graph = chain(nodes.transform("inverse", function=lambda data: 12 / data))
    graph.taps = ("inverse",)
    kernel = compile_graph(graph).kernel()
    enter(kernel, "inverse", Packet(3, 0, "events", 0, "", {}), 0.0)
    assert ends(kernel) == [(4.0, "events:0/inverse:0")]
    assert [packet.data for packet in kernel.take("inverse")] == [4.0]


@pytest.mark.parametrize("strategy", ["continue", "retry", "stop"])
def test_each_side_of_a_join_and_the_key_of_a_source_are_places(strategy: Any) -> None:
    made = [
        nodes.source("left", type="manual", key=lambda data: data["k"]),
        nodes.source("right", type="manual"),
        nodes.join("both", key=lambda data: data["k"] // data["d"], within="1m"),
        nodes.sink("out", type="log"),
    ]
    graph = Graph(
        "Sides",
        made,
        [("left", "both.left"), ("right", "both.right"), ("both", "out")],
        error_strategy=strategy,
        retry_policy={"max_retries": 0},
    )
    kernel = compile_graph(graph).kernel()
    places = []
    for source, data in (("left", {"d": 1}), ("left", {"k": 4, "d": 0}), ("right", {"k": 4, "d": 0})):
        kernel.push(source, [data], 0.0)
        if strategy == "stop":
            kernel.go_on(0.0, skip=True)
        (failure,) = kernel.failures()
        places.append(place_of(kernel, failure))
        enter(kernel, places[-1] or "", failure.packet.derive({"k": 4, "d": 2}), 1.0)
    assert places == ["left", "both.left", "both.right"]
    assert len(kernel.take("out")) == 2
    figures = {name: node["packets_processed"] for name, node in kernel.metrics()["nodes"].items()}
    assert figures == {"left": 3, "right": 1, "both": 5, "out": 2}


def test_a_node_that_tries_again_does_so_with_what_enters_again() -> None:
    failing = nodes.transform(
        "inverse",
        function=lambda data: 12 / data["n"],
        error_strategy="retry",
        retry_policy={"max_retries": 1, "initial_delay": 1, "jitter": 0},
    )
    kernel = compile_graph(chain(failing)).kernel()
    kernel.push("events", [{"n": 0}], 0.0)
    assert kernel.failures() == []
    kernel.advance(5.0)
    (failure,) = kernel.failures()
    enter(kernel, place_of(kernel, failure) or "", failure.packet, 6.0)
    assert (kernel.failures(), kernel.next_deadline()) == ([], 7.0)
    kernel.advance(8.0)
    assert len(kernel.failures()) == 1


def test_a_letter_has_the_data_as_it_was_received() -> None:
    def spoil(data: Any) -> Any:
        data["n"] = 5
        return data

    made = [
        nodes.source("events", type="manual"),
        nodes.filter("first", function=lambda data: 1 / data["n"] > 0),
        nodes.transform("second", function=spoil),
        nodes.sink("out", type="log"),
    ]
    edges = [("events", "first", "out"), ("events", "second", "out")]
    kernel = compile_graph(Graph("Branches", made, edges)).kernel()
    kernel.push("events", [{"n": 0}], 0.0)
    (failure,) = kernel.failures()
    assert failure.data == {"n": 0}
    assert [data for data, _ in ends(kernel)] == [{"n": 5}]
