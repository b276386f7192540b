"""States expire before anything else happens at their moment, and not by jumps to the end of input."""

import pytest

from streamflow import Graph, compile_graph, nodes
from streamflow_runtime.hurrying import hurry

LEVELS = pytest.mark.parametrize("level", [0, 1, 2])


def remembering(level, **options):
    """Lets one packet through each 5 s, and remembers those of the last 4 s."""
    made = [
        nodes.source("in", type="manual"),
        nodes.rate_limit("slowly", limit=1, per=5, overflow="delay"),
        nodes.stateful_map(
            "known", initial=list, ttl=options.pop("ttl"), function=lambda seen, n: ([*seen, n], [*seen, n]), **options
        ),
        nodes.sink("out", type="log"),
    ]
    return compile_graph(Graph("Expiring", made), level=level).kernel()


def taken(kernel):
    return [(packet.timestamp, packet.data) for packet in kernel.take("out")]


@LEVELS
def test_a_packet_let_go_at_the_moment_at_which_a_state_expires_finds_none(level):
    kernel = remembering(level, ttl=5)
    kernel.push("in", [1, 2], now=0)
    kernel.advance(5)
    assert [data for _, data in taken(kernel)] == [[1], [2]]


@LEVELS
def test_so_it_does_where_the_expired_state_is_told(level):
    kernel = remembering(level, ttl=5, on_expire=lambda seen, key: (None, {"gone": seen}))
    kernel.push("in", [1, 2], now=0)
    kernel.advance(5)
    assert [data for _, data in taken(kernel)] == [[1], {"gone": [1]}, [2]]


@LEVELS
def test_a_state_that_had_expired_before_the_jump_is_gone(level):
    kernel = remembering(level, ttl=3)
    kernel.push("in", [1, 2, 3], now=0)
    kernel.advance(4)
    while hurry(kernel):
        pass
    assert [data for _, data in taken(kernel)] == [[1], [2], [2, 3]]


@LEVELS
def test_nothing_expires_by_the_jump_itself_but_by_the_time_that_passes_then(level):
    kernel = remembering(level, ttl=3)
    kernel.push("in", [1, 2], now=0)
    hurry(kernel)
    assert [data for _, data in taken(kernel)] == [[1], [1, 2]]
    saved, kernel = kernel.snapshot(), remembering(level, ttl=3)
    kernel.restore(saved)
    kernel.push("in", [3], now=1)
    while hurry(kernel):
        pass
    assert [data for _, data in taken(kernel)] == [[1, 2, 3]]
    kernel.advance(14)
    kernel.push("in", [4], now=20)
    assert [data for _, data in taken(kernel)] == [[4]]
