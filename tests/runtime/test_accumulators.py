"""Accumulators: the same as the plain computation over the values, however they are merged, saved and loaded."""

import json
import math
import random
import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamflow_runtime import accumulators as acc
from streamflow_runtime.codec import dumps, loads
from streamflow_runtime.distinct import Distinct
from streamflow_runtime.quantile import Quantile
from streamflow_runtime.top_k import TopK

NUMBERS = st.lists(st.none() | st.integers(-1000, 1000) | st.floats(-1e6, 1e6), max_size=30)


KINDS = {
    "count": (acc.Count, len),
    "sum": (acc.Sum, lambda values: sum(values) if values else None),
    "mean": (acc.Mean, lambda values: statistics.fmean(values) if values else None),
    "stddev": (acc.StdDev, lambda values: statistics.stdev(values) if len(values) > 1 else None),
    "min": (acc.Min, lambda values: min(values, default=None)),
    "max": (acc.Max, lambda values: max(values, default=None)),
    "first": (acc.First, lambda values: values[0] if values else None),
    "last": (acc.Last, lambda values: values[-1] if values else None),
    "collect": (acc.Collect, lambda values: values or None),
    "distinct": (Distinct, lambda values: len(set(values))),
    "median": (lambda: Quantile(0.5), lambda values: statistics.median(values) if values else None),
}


@pytest.mark.parametrize("kind", KINDS)
@given(left=NUMBERS, right=NUMBERS, saved=st.booleans())
def test_merged_and_saved_is_the_same_as_plain(kind, left, right, saved):
    make, plain = KINDS[kind]
    parts = []
    for part in (left, right):
        accumulator = make()
        for arrival, value in enumerate(part, len(parts) * 1000):
            accumulator.add(accumulator.check(value), 0, arrival)
        if saved:
            state = loads(dumps(accumulator.state()))
            accumulator = make()
            accumulator.load(state)
        parts.append(accumulator)
    parts[0].merge(parts[1])
    expected = plain([value for value in [*left, *right] if value is not None])
    result = parts[0].result()
    if isinstance(expected, float):
        assert math.isclose(result, expected, rel_tol=1e-9, abs_tol=1e-6)
    elif kind == "collect":
        assert sorted(result or []) == sorted(expected or [])
    else:
        assert result == expected


def test_first_and_last_go_by_event_time_then_arrival():
    first, last = acc.First(), acc.Last()
    for arrival, (time, value) in enumerate([(5, "a"), (3, "b"), (5, "c"), (3, "d")]):
        first.add(value, time, arrival)
        last.add(value, time, arrival)
    assert (first.result(), last.result()) == ("b", "c")


@pytest.mark.parametrize("make", [acc.Sum, acc.Mean, acc.StdDev, lambda: Quantile(0.5)])
@pytest.mark.parametrize("value", ["1", True, [1], {}])
def test_only_numbers_can_be_added_up(make, value):
    with pytest.raises(TypeError):
        make().check(value)


def test_what_cant_be_compared_fails():
    least = acc.Min()
    least.add(least.check("a"), 0, 0)
    with pytest.raises(TypeError):
        least.check(1)


def test_quantiles_of_many_are_within_one_percent_of_rank():
    rng = random.Random(7)
    values = [rng.gauss(0, 1) for _ in range(20_000)]
    ranks = {value: rank for rank, value in enumerate(sorted(values))}
    for q in (0, 0.01, 0.5, 0.9, 0.99, 1):
        halves = [Quantile(q), Quantile(q)]
        for place, value in enumerate(values):
            halves[place % 2].add(value, 0, 0)
        halves[0].merge(halves[1])
        assert abs(ranks[halves[0].result()] - q * 20_000) <= 200
        assert len(halves[0].entries) < 2000


def test_distinct_of_many_is_near():
    left, right = Distinct(), Distinct()
    for value in range(60_000):
        (left if value % 3 else right).add(value, 0, 0)
        right.add(float(value // 2), 0, 0)
    left.merge(right)
    assert abs(left.result() - 60_000) < 60_000 * 0.06
    assert len(json.dumps(dumps(left.state()))) < 10_000


def test_top_k_counts_and_weighs():
    top = TopK(2)
    for value in ["b", "a", "c", "a", "b", None]:
        top.add(top.check(value), 0, 0)
    assert top.result() == [{"value": "b", "count": 2}, {"value": "a", "count": 2}]
    heavy = TopK(1, weighted=True)
    for value in [("x", 3), ("y", 2), ("y", 2), ("z", None)]:
        heavy.add(heavy.check(value), 0, 0)
    assert heavy.result() == [{"value": "y", "count": 4}]
    assert TopK(1).result() is None


def test_top_k_of_many_keeps_the_heavy():
    top = TopK(1)
    for value in range(30_000):
        top.add(value, 0, 0)
        if value % 3 == 0:
            top.add("often", 0, 0)
    assert top.result()[0]["value"] == "often"
    assert len(top.weights) <= 10_000
