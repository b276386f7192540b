"""State across programs: what a changed graph may take over, and what it must refuse."""

import json

import pytest

from streamflow import compile_graph, nodes
from streamflow.dsl.graph import GraphDefinition
from streamflow_runtime.state_checks import StateMismatch


def kernel_of(*, size=3, more=(), source="in"):
    first = nodes.source(source, type="manual", timestamp="at")
    window = nodes.aggregate("few", window="count", size=size, function=lambda packets: len(packets))
    return compile_graph(GraphDefinition("Case", [first, window, *more, nodes.sink("out", type="log")])).kernel()


def rows_of(kernel):
    return [json.loads(json.dumps(row)) for row in kernel.changes()]


def test_a_changed_window_refuses_the_packets_of_the_old_one():
    old = kernel_of()
    old.push("in", [{"at": 1}], now=0)
    with pytest.raises(StateMismatch, match="waiting at `few`"):
        kernel_of(size=4).load(rows_of(old))


def test_an_empty_window_may_change():
    old = kernel_of()
    old.push("in", [{"at": 1}] * 3, now=0)
    new = kernel_of(size=4)
    new.load(rows_of(old))
    assert new.admitted == {"in": 3}


def test_new_nodes_join_a_running_graph():
    old = kernel_of()
    old.push("in", [{"at": 1}], now=0)
    twos = nodes.aggregate("pairs", window="count", size=1, function=lambda packets: [p.data for p in packets])
    new = kernel_of(more=[twos])
    new.load(rows_of(old))
    new.push("in", [{"at": 2}, {"at": 3}], now=0)
    assert [packet.data for packet in new.take("out")] == [[3]]


def test_a_snapshot_of_another_graph_changes_nothing():
    kernel = kernel_of()
    kernel.push("in", [{"at": 1}], now=0)
    before = kernel.snapshot()
    for foreign in ({}, None, [], {"layout": 1}, kernel_of(size=4).snapshot(), {**before, "rows": [["few"]]}):
        with pytest.raises(StateMismatch):
            kernel.restore(foreign)
        assert kernel.snapshot() == before


def header_changed(rows, change):
    """The rows, with another header."""
    return [[*row[:4], json.dumps(change(json.loads(row[4])))] if row[0] == "" else row for row in rows]


@pytest.mark.parametrize(
    "change",
    [
        lambda header: {name: value for name, value in header.items() if name not in ("shape", "layout")},
        lambda header: {**header, "layout": 1},
        lambda header: {**header, "layout": 99},
        lambda header: [],
        lambda header: {**header, "clock": "x"},
        lambda header: {**header, "clock": 1.5},
        lambda header: {**header, "shape": None},
        lambda header: {**header, "counts": {"few": "x"}},
        lambda header: {**header, "left": {"few late": None}},
        lambda header: {**header, "sources": {"in": ["x", 0]}},
        lambda header: {**header, "sources": {"in": [1, "x"]}},
        lambda header: {**header, "sources": {"in": [1]}},
        lambda header: {**header, "sources": {"in": None}},
        lambda header: {**header, "stages": {"few": ["x", 0]}},
        lambda header: {**header, "stages": {}},
    ],
)
def test_a_header_that_does_not_fit_is_refused(change):
    old = kernel_of()
    old.push("in", [{"at": 1}], now=0)
    saved = old.snapshot()
    with pytest.raises(StateMismatch):
        kernel_of().load(header_changed(rows_of(old), change))
    kernel = kernel_of()
    before = kernel.snapshot()
    with pytest.raises(StateMismatch):
        kernel.restore({**saved, "rows": header_changed(saved["rows"], change)})
    assert kernel.snapshot() == before


def test_timers_and_parked_calls_come_back():
    async def call(data):
        return data

    graph = GraphDefinition(
        "Case",
        [
            nodes.source("tick", type="timer", interval=1),
            nodes.transform("c", function=call, concurrency=2),
            nodes.sink("out", type="log"),
        ],
    )
    program = compile_graph(graph)
    old, new = program.kernel(), program.kernel()
    new.restore(old.snapshot())
    old.advance(0.5)
    old.advance(3.5)
    new.load([])
    new.restore(json.loads(json.dumps(old.snapshot())))
    assert [call.id for call in new.pending()] == ["c:0", "c:1"]
    with pytest.raises(KeyError, match="c:2"):
        new.resolve("c:2", 5, now=4)
    new.resolve("c:0", 5, now=3.5)
    new.resolve("c:2", 6, now=3.5)
    assert [packet.data for packet in new.take("out")] == [5]
