"""Timestamps that are numbers, but no floats: they lie where a float as large would, wherever in a batch they come."""

from decimal import Decimal
from fractions import Fraction
from itertools import permutations

import pytest

from streamflow import Graph, agg, compile_graph, nodes
from streamflow_runtime.span import first_of

LEVELS = pytest.mark.parametrize("level", [0, 1, 2])
START = 1_700_000_000


def windowed(level, **key):
    count = nodes.aggregate("count", window="time", duration=10, aggregates={"n": agg.count()}, **key)
    chain = [nodes.source("in", type="manual", timestamp="at"), count, nodes.sink("out", type="log")]
    return compile_graph(Graph("Fine", chain), level=level).kernel()


@LEVELS
@pytest.mark.parametrize("key", [{}, {"key": "of"}])
def test_decimals_and_fractions_are_numbers_at_every_position(level, key):
    times = [START + 1.5, Decimal(START) + Decimal("2.25"), Fraction(START * 3 + 10, 3), START + 4]
    for order in permutations(times):
        kernel = windowed(level, **key)
        kernel.push("in", [{"at": at, "of": 1} for at in [*sorted(order), START + 10]], now=0)
        assert [packet.data["n"] for packet in kernel.take("out")] == [4]
        assert kernel.metrics()["nodes"]["in"]["packets_dropped"] == {}


@LEVELS
def test_what_is_finer_than_a_float_is_in_the_window_of_the_float_below(level):
    edge = Decimal(first_of(1000 * (START + 10)))
    for at, expected in [(edge - Decimal("1e-12"), 2), (edge, 1), (edge + Decimal("1e-12"), 1)]:
        kernel = windowed(level)
        kernel.push("in", [{"at": START + 1}, {"at": at}, {"at": START + 30}], now=0)
        assert kernel.take("out")[0].data["n"] == expected, at


@LEVELS
@pytest.mark.parametrize("odd", [Decimal("NaN"), Decimal("sNaN"), Decimal("Infinity"), Fraction(10**12), 1j])
def test_numbers_that_are_no_moments_are_invalid(level, odd):
    kernel = windowed(level)
    kernel.push("in", [{"at": START}, {"at": odd}, {"at": START + 1}], now=0)
    kernel.push("in", [{"at": odd}], now=0)
    assert kernel.metrics()["nodes"]["in"]["packets_dropped"] == {"invalid": 2}
