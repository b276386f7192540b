"""Means and numbers of different values that windows hold: the bits, types and failures of Python's own functions."""

import math
import random
import statistics
from decimal import Decimal
from fractions import Fraction
from statistics import fmean

import pytest

from streamflow import Graph, compile_graph, nodes

FEE = 3
SAMPLES = [
    [1, 2, 3],
    [1, 2],
    [True, False],
    [0.1] * 10,
    [1e16, 1.0, -1e16],
    [1, 2.5, True],
    [2**60, 1, 0.5],
    [math.inf, 1.0],
    [math.nan, 1],
    [Decimal("0.1"), 2],
    [Fraction(1, 3), 1],
    [Fraction(1, 3), 0.5],
    [random.Random(7).uniform(-1e6, 1e6) for _ in range(50)],
]


def means(packets):
    return [statistics.mean(p.data["n"] for p in packets), fmean(p.data["n"] for p in packets)]


@pytest.mark.parametrize("values", SAMPLES, ids=str)
@pytest.mark.parametrize("kind", ["time", "session"])
def test_means_have_the_bits_of_the_library(values, kind):
    kernel = kernel_of(means, kind)
    for place in random.Random(1).sample(range(len(values)), len(values)):
        kernel.push("in", [{"t": place, "n": values[place]}], now=0.0)
    kernel.finish()
    (found,) = data(kernel)
    expected = [statistics.mean(values), fmean(values)]
    assert [(type(one), repr(one)) for one in found] == [(type(one), repr(one)) for one in expected]


@pytest.mark.parametrize("values", [[1, "a"], [0.5, Decimal(1)], [[1]], [math.inf, -math.inf], [1e308, 1e308, 1e308]])
def test_means_fail_as_those_of_the_library(values):
    found = []
    for level in (0, 1, 2):
        kernel = kernel_of(means, "time", level)
        kernel.push("in", [{"t": time, "n": value} for time, value in enumerate(values)], now=0.0)
        kernel.finish()
        failed = [(failure.type, failure.error, failure.line) for failure in kernel.failures()]
        found.append((failed, repr(data(kernel))))
    assert found[0] == found[1] == found[2]


def test_means_of_state_that_was_saved():
    kernel = kernel_of(means, "time")
    kernel.push("in", [{"t": 0, "n": 0.1}, {"t": 1, "n": 2**60}, {"t": 2, "n": -0.3}], now=0.0)
    fresh = type(kernel)()
    fresh.restore(kernel.snapshot())
    fresh.push("in", [{"t": 3, "n": 7}], now=0.0)
    fresh.finish()
    values = [0.1, 2**60, -0.3, 7]
    assert data(fresh) == [[statistics.mean(values), fmean(values)]]


def test_different_values():
    function = lambda packets: [
        len({p.data["n"] for p in packets}),
        len(set(p.data["n"] for p in packets if p.data["t"])),
    ]
    kernel = kernel_of(function, "session")
    kernel.push("in", [{"t": time, "n": value} for time, value in enumerate([1, "1", 1.0, True, None, "1"])], now=0.0)
    kernel.finish()
    assert data(kernel) == [[3, 3]]


@pytest.mark.parametrize("level", [0, 2])
def test_a_set_refuses_lists(level):
    function = lambda packets: len({p.data["n"] for p in packets})
    kernel = kernel_of(function, "time", level)
    kernel.push("in", [{"t": 0, "n": [1]}], now=0.0)
    kernel.finish()
    (failure,) = kernel.failures()
    with pytest.raises(TypeError) as raised:
        {value for value in [[1]]}
    assert (failure.type, failure.error) == ("TypeError", str(raised.value))


def charged(data):
    return data["n"] * FEE


def is_above(data, limit):
    return charged(data) > limit


def test_helpers_and_variables_that_hold_constants():
    def function(packets):
        limit = 6
        return sum(charged(p.data) for p in packets if is_above(p.data, limit))

    assert applied(function) == ["`w` holds `sum` and a count in place of its packets"]
    kernel = kernel_of(function, "time")
    kernel.push("in", [{"t": 0, "n": 1}, {"t": 1, "n": 3}, {"t": 2, "n": 4}], now=0.0)
    kernel.finish()
    assert data(kernel) == [21]


def test_lengths_of_lists_whose_elements_are_read():
    def function(packets):
        numbers = [p.data["n"] for p in packets]
        return sum(numbers) / len(numbers)

    assert applied(function) == ["`w` holds `sum_n` and a count in place of its packets"]


def test_a_helper_that_may_have_effects_stays():
    def told(data):
        return print(data) or data["n"]

    function = lambda packets: sum(told(p.data) for p in packets)
    assert applied(function) == []


def is_even(number):
    return number == 0 or is_odd(number - 1)


def is_odd(number):
    return number != 0 and is_even(number - 1)


def test_helpers_that_call_each_other_stay():
    function = lambda packets: any(is_even(p.data["n"]) for p in packets)
    assert applied(function) == []


def applied(function):
    remarks = compile_graph(graph_of(function, "time")).remarks
    return [remark.sentence for remark in remarks if remark.made_by == "lift_aggregates" and remark.applied]


def kernel_of(function, kind, level=2):
    return compile_graph(graph_of(function, kind), level).kernel()


def graph_of(function, kind):
    options = {"time": {"duration": 100}, "session": {"gap": 1.5}}[kind]
    source = nodes.source("in", type="manual", timestamp="t", out_of_orderness=1000)
    window = nodes.aggregate("w", window=kind, function=function, **options)
    return Graph(name="g", nodes=[source, window, nodes.sink("out", type="log")])


def data(kernel):
    return [packet.data for packet in kernel.take("out")]
