"""Sliding windows of figures: panes that windows share give what windows of their own gave, at every level."""

import json
import math
import random

import pytest

import streamflow
from streamflow import agg, nodes
from streamflow.dsl.graph import GraphDefinition
from streamflow_runtime.state_checks import StateMismatch

FIGURES = {"sum": agg.sum("x"), "n": agg.count(), "known": agg.count("x"), "low": agg.min("x"), "high": agg.max("x")}


def compiled(level, **options):
    chain = [
        nodes.source("in", type="manual", timestamp="at", out_of_orderness=3),
        nodes.aggregate("each", window="time", **{"duration": 10, "slide": 5, "aggregates": FIGURES, **options}),
        nodes.sink("out", type="log"),
    ]
    return streamflow.compile_graph(GraphDefinition("Case", chain), level=level)


def fed(kernel, records, restored=None):
    """Results of the records, pushed one by one; `restored` is the program whose kernels go on after each."""
    taken = []
    for record in records:
        kernel.push("in", [record], now=0)
        taken += kernel.take("out")
        if restored is not None:
            state = json.loads(json.dumps(kernel.snapshot()))
            kernel = restored.kernel()
            kernel.restore(state)
    kernel.finish()
    taken += kernel.take("out")
    return [(packet.window, packet.id, packet.data) for packet in taken], kernel


@pytest.fixture(params=(0, 1, 2))
def level(request):
    return request.param


@pytest.fixture(params=(False, True), ids=("straight", "restored"))
def run(request, level):
    def run_it(records, **options):
        program = compiled(level, **options)
        return fed(program.kernel(), records, program if request.param else None)

    return run_it


def test_a_packet_is_in_every_window_over_it(run):
    results, _ = run([{"at": 3, "x": 1}, {"at": 7, "x": 2.5}, {"at": 12, "x": None}])
    assert [(window.start, window.end, data) for window, _, data in results] == [
        (-5, 5, {"sum": 1, "n": 1, "known": 1, "low": 1, "high": 1}),
        (0, 10, {"sum": 3.5, "n": 2, "known": 2, "low": 1, "high": 2.5}),
        (5, 15, {"sum": 2.5, "n": 2, "known": 1, "low": 2.5, "high": 2.5}),
        (10, 20, {"sum": None, "n": 1, "known": 0, "low": None, "high": None}),
    ]


def test_late_for_some_windows_is_in_the_others(run):
    results, kernel = run([{"at": 3, "x": 1}, {"at": 13, "x": 2}, {"at": 8, "x": 4}, {"at": 1, "x": 8}])
    assert [(window.end, data["sum"]) for window, _, data in results] == [(5, 1), (10, 1), (15, 6), (20, 2)]
    assert kernel.left["each late"] == 1


def test_what_comes_first_of_all_is_late_for_windows_that_ended_before(run):
    results, _ = run([{"at": 30, "x": 1}, {"at": 24, "x": 2}])
    assert [(window.end, data["sum"]) for window, _, data in results] == [(30, 2), (35, 1), (40, 1)]


def test_results_come_in_the_order_in_which_keys_entered_and_with_their_first_spelling(run):
    records = [{"at": 11, "k": 1.0, "x": 1}, {"at": 12, "k": "a", "x": 1}, {"at": 9, "k": "a", "x": 1}]
    results, _ = run([*records, {"at": 16, "k": True, "x": 1}], key="k")
    assert [(window.end, repr(window.key), data["n"]) for window, _, data in results] == [
        (10, "'a'", 1),
        (15, "1.0", 1),
        (15, "'a'", 2),
        (20, "1.0", 2),
        (20, "'a'", 1),
        (25, "True", 1),
    ]


def test_of_equal_extremes_in_several_panes_the_first_that_came_counts(run):
    results, _ = run([{"at": 11, "x": 5}, {"at": 9, "x": 7.0}, {"at": 12, "x": 7}, {"at": 9, "x": 5.0}])
    over_both = next(data for window, _, data in results if window.end == 15)
    assert [repr(over_both[name]) for name in ("low", "high")] == ["5", "7.0"]


def test_a_nan_that_comes_first_stays(run):
    results, _ = run([{"at": 11, "x": math.nan}, {"at": 12, "x": 3}, {"at": 9, "x": 2}, {"at": 16, "x": 1}])
    assert [(window.end, str(data["low"])) for window, _, data in results] == [
        (10, "2"),
        (15, "nan"),
        (20, "nan"),
        (25, "1"),
    ]


def test_a_value_that_is_no_number_fails_its_packet_and_changes_nothing(run):
    results, kernel = run([{"at": 1, "x": 1}, {"at": 2, "x": "2"}, {"at": 3, "x": True}, {"at": 4}])
    assert [data["n"] for _, _, data in results] == [1, 1]
    assert kernel.left["each error"] == 3


def test_panes_go_on_from_what_windows_of_an_older_kernel_hold():
    before = [{"at": 3, "k": "a", "x": 1}, {"at": 7, "k": "b", "x": 2}, {"at": 8, "k": "a", "x": 4}]
    after = [{"at": 12, "k": "a", "x": 1}, {"at": 9, "k": "b", "x": 1}, {"at": 13, "k": "a", "x": 8}]
    old, new = compiled(0, key="k"), compiled(2, key="k")
    kernel = old.kernel()
    kernel.push("in", before, now=0)
    first = [(packet.window, packet.id, packet.data) for packet in kernel.take("out")]
    later = new.kernel()
    later.restore(json.loads(json.dumps(kernel.snapshot())))
    results, _ = fed(later, after, new)
    assert [*first, *results] == fed(old.kernel(), [*before, *after])[0]


def test_panes_are_refused_where_windows_are_expected():
    kernel = compiled(2).kernel()
    kernel.push("in", [{"at": 3, "x": 1}], now=0)
    with pytest.raises(StateMismatch):
        compiled(0).kernel().restore(kernel.snapshot())


def test_a_key_holds_a_pane_for_each_slide_and_no_more():
    kernel = compiled(2, key="k").kernel()
    kernel.push("in", [{"at": at, "k": "a", "x": at} for at in range(1000)], now=0)
    assert len(kernel.snapshot()["rows"]) <= 2 * 3 + 1


@pytest.mark.parametrize("seed", range(15))
def test_random_streams_mean_the_same_at_every_level(seed):
    """Integers and floats that are equal, nulls, nan, disorder beyond the bound, keys of several spellings."""
    rng = random.Random(seed)
    kinds = [{}, {"key": "k"}, {"key": ("k", "l"), "offset": 2}, {"slide": 2}, {"slide": None, "key": "k"}]
    options = kinds[seed % len(kinds)]
    records, now = [], 0.0
    for _ in range(120):
        now += rng.choice([0, 0, 0.5, 1, 3, 20]) if rng.random() < 0.5 else 0
        value = rng.choice([1, 1.0, 2, 2.0, True, None, 0.0, -0.0, "no", rng.randrange(9)])
        value = math.nan if rng.random() < 0.05 else value
        key = rng.choice(["a", "b", 1, 1.0, True, None, ["not"], "x" * 2000 if rng.random() < 0.1 else "c"])
        records.append(
            {"at": max(now - rng.choice([0, 0, 1, 2, 5, 9]), 0), "x": value, "k": key, "l": rng.choice("pq")}
        )
    programs = [compiled(level, **options) for level in (0, 1, 2)]
    seen = []
    for program in programs:
        for restored in (None, program):
            results, kernel = fed(program.kernel(), records, restored)
            seen.append([repr(result) for result in results] + [f"{kernel.left}"])
    assert len(seen[0]) > 10
    for each in seen[1:]:
        assert each == seen[0]
