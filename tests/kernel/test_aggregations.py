"""`aggregates=`: results worked out by hand, at every level, through snapshots."""

import json

import pytest

import streamflow
from streamflow import agg, nodes
from streamflow.diagnostics import CompileError
from streamflow.dsl.graph import GraphDefinition


def compiled(level, aggregates, **options):
    chain = [
        nodes.source("in", type="manual", timestamp="at", out_of_orderness=100),
        nodes.aggregate("each", aggregates=aggregates, **options),
        nodes.sink("out", type="log"),
    ]
    return streamflow.compile_graph(GraphDefinition("Case", chain), level=level).kernel()


def results(kernel, *records):
    """Push the records one by one, through a snapshot after each, and end the input."""
    taken = []
    for record in records:
        kernel.push("in", [record], now=0)
        taken += kernel.take("out")
        kernel.restore(json.loads(json.dumps(kernel.snapshot())))
    kernel.finish()
    return [packet.data for packet in [*taken, *kernel.take("out")]]


@pytest.fixture(params=(0, 1, 2))
def level(request):
    return request.param


def test_all_of_them(level):
    aggregates = {
        "n": agg.count(),
        "known": agg.count("x"),
        "sum": agg.sum("x"),
        "mean": agg.mean("x"),
        "stddev": agg.stddev("x"),
        "min": agg.min("x"),
        "max": agg.max("x"),
        "first": agg.first("x"),
        "last": agg.last("x"),
        "all": agg.collect("x"),
        "distinct": agg.distinct("x"),
        "median": agg.quantile("x", 0.5),
        "top": agg.top_k("x", 1),
        "start": agg.window_start(),
        "end": agg.window_end(),
    }
    kernel = compiled(level, aggregates, window="time", duration=10)
    assert results(kernel, *({"at": at, "x": x} for at, x in [(3, 5), (1, 2), (2, None), (4, 2), (0, 7)])) == [
        {
            "n": 5,
            "known": 4,
            "sum": 16,
            "mean": 4.0,
            "stddev": pytest.approx(6**0.5),
            "min": 2,
            "max": 7,
            "first": 7,
            "last": 2,
            "all": [7, 2, 5, 2],
            "distinct": 3,
            "median": 3.5,
            "top": [{"value": 2, "count": 2}],
            "start": 0.0,
            "end": 10.0,
        }
    ]


def test_the_fields_of_the_key_come_first(level):
    kernel = compiled(level, {"n": agg.count()}, window="time", duration=10, key=("shop", "till"))
    [result] = results(kernel, {"at": 1, "shop": "a", "till": 2})
    assert list(result.items()) == [("shop", "a"), ("till", 2), ("n", 1)]
    [by_function] = results(
        compiled(level, {"n": agg.count()}, window="time", duration=10, key=lambda data: data["shop"]),
        {"at": 1, "shop": "a"},
    )
    assert by_function == {"n": 1}


def test_nothing_but_none_gives_none(level):
    aggregates = {"sum": agg.sum("x"), "max": agg.max("x"), "first": agg.first("x"), "n": agg.count("x")}
    [result] = results(compiled(level, aggregates, window="time", duration=10), {"at": 1, "x": None})
    assert result == {"sum": None, "max": None, "first": None, "n": 0}


@pytest.mark.parametrize("bad", [{"at": 1}, {"at": 1, "x": "1"}, {"at": 1, "x": True}, {"at": 1, "x": [1]}])
def test_a_packet_that_cant_be_added_fails_for_all_entries(level, bad):
    kernel = compiled(level, {"n": agg.count(), "sum": agg.sum("x")}, window="time", duration=10)
    assert results(kernel, {"at": 0, "x": 1}, bad, {"at": 2, "x": 2}) == [{"n": 2, "sum": 3}]
    assert kernel.metrics()["nodes"]["each"]["packets_dropped"] == {"error": 1}


def test_sessions_merge_what_they_hold(level):
    custom = agg.custom(list, lambda held, data: [*held, data["x"]], merge=lambda a, b: sorted(a + b), result=len)
    aggregates = {"sum": agg.sum("x"), "first": agg.first("x"), "own": custom}
    kernel = compiled(level, aggregates, window="session", gap=5)
    assert results(kernel, {"at": 10, "x": 1}, {"at": 2, "x": 2}, {"at": 6, "x": 4}) == [
        {"sum": 7, "first": 2, "own": 3}
    ]


def test_count_windows_hold_accumulators_too(level):
    kernel = compiled(level, {"sum": agg.sum("x"), "end": agg.window_end()}, window="count", size=2)
    assert results(kernel, *({"at": at, "x": at} for at in (3, 1, 5, 7))) == [
        {"sum": 4, "end": 3.0},
        {"sum": 12, "end": 7.0},
    ]


def test_state_does_not_grow_with_the_packets():
    kernel = compiled(2, {"sum": agg.sum("x"), "n": agg.count()}, window="time", duration=1000)
    kernel.push("in", [{"at": 0, "x": 1}], now=0)
    small = len(json.dumps(kernel.snapshot()))
    kernel.push("in", [{"at": at / 100, "x": 1} for at in range(20_000)], now=0)
    assert len(json.dumps(kernel.snapshot())) < small + 100


def test_a_value_that_fails_leaves_no_trace(level):
    def add(held, data):
        held.append(data["x"])
        return [*held, 1 / data["x"]]

    kernel = compiled(level, {"own": agg.custom(list, add)}, window="time", duration=10)
    assert results(kernel, {"at": 0, "x": 0}, {"at": 1, "x": 1}) == [{"own": [1, 1.0]}]


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({}, "needs `function` or `aggregates`"),
        ({"function": len, "aggregates": {"n": agg.count()}}, "`function` or `aggregates`, not both"),
        ({"aggregates": {}}, "at least one entry"),
        ({"aggregates": {"n": len}}, "write agg.sum, agg.count"),
    ],
)
def test_bad_options(options, says):
    with pytest.raises(CompileError, match=says):
        nodes.aggregate("each", window="time", duration=10, **options)


def test_a_custom_one_in_sessions_needs_merge():
    with pytest.raises(CompileError, match="needs `merge=`"):
        nodes.aggregate("each", window="session", gap=10, aggregates={"own": agg.custom(list, lambda a, b: a)})
