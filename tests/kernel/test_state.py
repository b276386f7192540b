"""State across programs: what a changed graph may take over, and what it must refuse."""

import json

import pytest

from streamflow import compile_graph, nodes
from streamflow.dsl.graph import GraphDefinition
from streamflow_runtime.kernel import StateMismatch


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
