"""Rate limits that let packets wait: in order, released by the clock, kept as state."""

from __future__ import annotations

import json
from typing import Any

import pytest

import streamflow
from streamflow import nodes
from streamflow.dsl.graph import GraphDefinition
from streamflow_runtime.hurrying import hurry, unfinished
from streamflow_runtime.kernel import Kernel


@pytest.fixture(params=(0, 1, 2), ids=lambda level: f"level-{level}")
def level(request: pytest.FixtureRequest) -> int:
    return int(request.param)


def test_packets_wait_for_their_tokens_each_key_in_its_order(level: int) -> None:
    """Two a second and key, a bucket of two: the third waits half a second, the fourth a whole one."""
    kernel = compiled(level, limit=2, per="1s", key="k")
    kernel.push("in", [{"k": "a", "n": n} for n in range(4)] + [{"k": "b", "n": 0}], now=10)
    assert taken(kernel) == ["a0", "a1", "b0"]
    assert kernel.next_deadline() == 10.5
    kernel.push("in", [{"k": "a", "n": 4}, {"k": "b", "n": 1}, {"k": "b", "n": 2}], now=10.4)
    assert taken(kernel) == ["b1"]
    kernel.advance(10.499)
    assert taken(kernel) == []
    kernel.advance(10.5)
    assert taken(kernel) == ["a2", "b2"]
    kernel.advance(11.6)
    assert taken(kernel) == ["a3", "a4"]
    assert kernel.next_deadline() is None
    figures = kernel.metrics()["nodes"]
    assert figures["calm"] == {"packets_processed": 8, "packets_dropped": {}, "packets_rejected": 0}
    assert figures["out"]["packets_processed"] == 8


def test_what_waits_is_unchanged_when_it_goes_on(level: int) -> None:
    kernel = compiled(level, limit=1, per=10)
    kernel.push("in", [{"n": 0}, {"n": 1}], now=5, timestamp=3)
    kernel.advance(15)
    first, second = kernel.take("out")
    assert (first.id, second.id) == ("in:0", "in:1")
    assert (second.data, second.timestamp, second.key) == ({"n": 1}, 3.0, None)


def test_many_tokens_may_be_there_at_one_moment(level: int) -> None:
    kernel = compiled(level, limit=3, per=0.001, burst=3, key="k")
    kernel.push("in", [{"k": "a", "n": n} for n in range(8)] + [{"k": "b", "n": n} for n in range(4)], now=0)
    assert taken(kernel) == ["a0", "a1", "a2", "b0", "b1", "b2"]
    kernel.advance(0.001)
    assert taken(kernel) == ["a3", "a4", "a5", "b3"]
    kernel.advance(1)
    assert taken(kernel) == ["a6", "a7"]


def test_the_oldest_that_waits_holds_the_watermark(level: int) -> None:
    made = [
        nodes.source("in", type="manual", timestamp="t"),
        nodes.rate_limit("calm", limit=1, per=60, overflow="delay"),
        nodes.aggregate("count", window="time", duration=10, function=lambda packets: [p.data["t"] for p in packets]),
        nodes.sink("out", type="log"),
    ]
    kernel = streamflow.compile_graph(GraphDefinition("Test", made), level=level).kernel(secrets={})
    kernel.push("in", [{"t": t} for t in (1, 2, 33)], now=0)
    assert kernel.take("out") == []
    kernel.advance(60)
    assert [packet.data for packet in kernel.take("out")] == [[1, 2]]
    kernel.advance(120)
    kernel.finish()
    assert [packet.data for packet in kernel.take("out")] == [[33]]


def test_the_end_of_input_waits_for_those_that_wait(level: int) -> None:
    kernel = compiled(level, limit=1, per=60)
    kernel.push("in", [{"n": n} for n in range(3)], now=0)
    with pytest.raises(RuntimeError, match="pending"):
        kernel.finish()
    assert hurry(kernel)
    assert taken(kernel) == ["0", "1"]
    assert hurry(kernel)
    assert not unfinished(kernel)
    assert not hurry(kernel)
    kernel.finish()
    assert taken(kernel) == ["2"]


def test_those_that_wait_are_rows_until_they_go_on(level: int) -> None:
    kernel = compiled(level, limit=1, per=10, key="k")
    kernel.push("in", [{"k": 1.0, "n": n} for n in range(3)], now=0)
    first = kernel.changes()
    assert [row[:4] for row in first if row[0]] == [
        ("calm", "1.0", "", 0),
        ("calm", "", "", 0),
        ("calm", "", "", 1),
    ]
    fresh = compiled(level, limit=1, per=10, key="k")
    fresh.load(first)
    again = compiled(level, limit=1, per=10, key="k")
    again.restore(json.loads(json.dumps(kernel.snapshot())))
    kernel.take("out")
    for one in (kernel, fresh, again):
        one.changes()
        assert one.next_deadline() == 10
        one.advance(10)
        assert taken(one) == ["1.01"]
        changed = {row[:4]: row[4] is None for row in one.changes() if row[0]}
        assert changed == {("calm", "1.0", "", 0): False, ("calm", "", "", 0): True}
        one.push("in", [{"k": 1, "n": 9}], now=10)
        one.advance(30)
        assert taken(one) == ["1.02", "19"]


def test_a_packet_that_cannot_be_kept_fails_and_holds_nobody_up(level: int) -> None:
    kernel = compiled(level, limit=1, per=10)
    kernel.push("in", [{"n": 0}, {"n": object()}, {"n": 2}], now=0)
    kernel.changes()
    assert [failure.node for failure in kernel.failures()] == ["calm"]
    kernel.advance(10)
    assert taken(kernel) == ["0", "2"]


def test_keys_that_fail_fail_their_packets_at_once(level: int) -> None:
    kernel = compiled(level, limit=1, per=10, key="k")
    kernel.push("in", [{"n": 0}], now=0)
    assert [(failure.node, failure.type) for failure in kernel.failures()] == [("calm", "KeyError")]


def compiled(level: int, **options: Any) -> Kernel:
    made = [
        nodes.source("in", type="manual"),
        nodes.rate_limit("calm", **options, overflow="delay"),
        nodes.sink("out", type="log"),
    ]
    return streamflow.compile_graph(GraphDefinition("Test", made), level=level).kernel(secrets={})


def taken(kernel: Kernel) -> list[str]:
    return [f"{packet.data.get('k', '')}{packet.data['n']}" for packet in kernel.take("out")]
