"""What `streamflow explain` says that a million events cost, against figures by hand and against what kernels write."""

from typing import TypedDict

import pytest

from streamflow import Graph, agg, compile_graph, nodes
from streamflow.cli.explain import explanation_of
from streamflow.explaining.costs import KEYS, costs


class Reading(TypedDict):
    device: str
    value: float
    at: float


def test_rows_and_requests_by_hand():
    totals = nodes.aggregate("w", window="time", duration=50, key="device", aggregates={"n": agg.sum("value")})
    (cost,) = cost_of(totals, sink=nodes.sink("out", type="http", url="https://example.com", batch=4))
    results = 20 * KEYS  # 1,000 seconds have 20 windows of each key
    assert cost.state_rows == 1000 + 2 * 1000 * KEYS + 2 * results
    assert (cost.output_rows, cost.requests) == (2 * results, results / 4)


def test_packets_that_a_window_keeps_are_rows():
    kept = nodes.aggregate("w", window="time", duration=50, function=lambda packets: [p.data["value"] for p in packets])
    (cost,) = cost_of(kept)
    assert cost.state_rows == 1000 + 2 * 1_000_000 + 1000 + 20


@pytest.mark.parametrize("window", [{}, {"slide": 10}])
def test_a_commit_writes_as_many_rows_as_are_counted(window):
    function = lambda packets: {"low": min(p.data["value"] for p in packets), "n": len(packets)}
    node = nodes.aggregate("w", window="time", duration=50, key="device", function=function, **window)
    program = compile_graph(graph_of(node))
    kernel = program.kernel()
    written = 0
    for commit in range(100):
        made = [{"device": place % KEYS, "value": 1, "at": commit + place / 1000} for place in range(1000)]
        kernel.push("in", made, now=0.0)
        written += len(list(kernel.changes()))
    (cost,) = costs(program)
    assert written == pytest.approx(cost.state_rows / 10, rel=0.05)


def test_what_is_on_the_way_thins_and_divides():
    made = [
        nodes.source("in", type="manual"),
        nodes.sample("some", every=10),
        nodes.route("which", cases={"a": lambda data: data > 1}, default="b"),
        nodes.aggregate("tens", window="count", size=10, function=len),
        nodes.sink("one", type="queue", binding="Q"),
        nodes.sink("other", type="log"),
    ]
    graph = Graph(name="g", nodes=made, edges=[("in", "some", "which.a", "tens", "one"), ("which.b", "other")])
    (cost,) = costs(compile_graph(graph))
    assert cost.requests == 1_000_000 / 10 / 2 / 10


def test_cpu_is_measured_where_events_are_known_and_counted_elsewhere(capsys):
    function = lambda data: print("seen") or {**data, "value": data["value"] * 2}
    (measured,) = cost_of(nodes.transform("t", function=function), schema=Reading)
    assert measured.measured
    assert measured.cpu > 0
    assert capsys.readouterr().out == ""
    (counted,) = cost_of(nodes.transform("t", function=function))
    (called,) = cost_of(nodes.transform("t", function=several))
    assert not counted.measured
    assert called.cpu > counted.cpu > 0


def several(data):
    value = data["value"]
    return {"value": value}


def test_events_that_fail_measure_nothing():
    (cost,) = cost_of(nodes.transform("t", function=lambda data: data["nowhere"]), schema=Reading)
    assert not cost.measured


def test_json_has_the_same():
    program = compile_graph(graph_of(nodes.transform("t", function=several)))
    (cost,) = explanation_of(program, 2).as_json()["costs"]
    assert cost["source"] == "in"
    assert set(cost) == {"source", "cpu", "measured", "state_rows", "output_rows", "requests"}


def cost_of(node, sink=None, **source):
    return costs(compile_graph(graph_of(node, sink, **source)))


def graph_of(node, sink=None, **source):
    made = [nodes.source("in", type="manual", timestamp="at", **source), node, sink or nodes.sink("out", type="log")]
    return Graph(name="g", nodes=made)
