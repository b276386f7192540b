"""How far nodes have come: watermark lag and queue depth, worked out by hand."""

from __future__ import annotations

import random
from typing import Any

import pytest

from streamflow import Graph, agg, nodes
from streamflow.pipeline import compile_graph
from streamflow_runtime.progress import add_progress

LEVELS = pytest.mark.parametrize("level", [0, 1, 2])


def lucky(data: Any) -> Any:
    if random.random() < 0.5:
        raise ValueError("bad luck")
    return data


async def asked(data: dict[str, Any]) -> dict[str, Any]:
    return data


def progress(kernel: Any, now: float) -> dict[str, dict[str, Any]]:
    """What is told of each node that anything is told of."""
    nodes: dict[str, dict[str, Any]] = {name: {} for name in kernel.kinds}
    add_progress(nodes, kernel, now)
    return {name: node for name, node in nodes.items() if node}


@LEVELS
def test_watermarks_lag_behind_the_clock_and_behind_what_waits(level: int) -> None:
    kernel = compile_graph(
        Graph(
            "Asked",
            [
                nodes.source("events", type="manual", timestamp="t", out_of_orderness=2),
                nodes.transform("ask", function=asked),
                nodes.aggregate("hourly", window="time", duration="1h", aggregates={"n": agg.count()}),
                nodes.sink("out", type="log"),
            ],
        ),
        level=level,
    ).kernel()
    assert progress(kernel, 100.0) == {"ask": {"queue_depth": 0}}
    kernel.push("events", [{"t": 90}], 100.0)
    kernel.push("events", [{"t": 95}], 101.0)
    # The watermark is 95 - 2; the packet of 90, older than the one that had left before it came, waits at `ask`.
    told = progress(kernel, 110.0)
    assert told["events"] == {"watermark_lag": 17.0}
    assert told["ask"] == {"watermark_lag": 20.0, "queue_depth": 2}
    assert told["hourly"] == {"watermark_lag": 20.0}
    for call in kernel.pending():
        kernel.resolve(call.id, call.data, now=110.0)
    assert progress(kernel, 110.5) == {
        "events": {"watermark_lag": 17.5},
        "ask": {"watermark_lag": 17.5, "queue_depth": 0},
        "hourly": {"watermark_lag": 17.5},
    }
    kernel.finish()
    assert progress(kernel, 120.0) == {"ask": {"queue_depth": 0}}


@LEVELS
def test_without_event_time_only_what_waits_lags(level: int) -> None:
    kernel = compile_graph(
        Graph(
            "Slowed",
            [
                nodes.source("events", type="manual"),
                nodes.rate_limit("slow", limit=1, per="10s", overflow="delay"),
                nodes.sink("out", type="log"),
            ],
        ),
        level=level,
    ).kernel()
    kernel.push("events", [1, 2, 3], 100.0)
    assert progress(kernel, 104.0) == {"slow": {"watermark_lag": 4.0, "queue_depth": 2}}
    kernel.advance(110.0)
    assert progress(kernel, 110.0) == {"slow": {"watermark_lag": 10.0, "queue_depth": 1}}
    kernel.advance(120.0)
    assert progress(kernel, 121.0) == {"slow": {"watermark_lag": 0.0, "queue_depth": 0}}


@LEVELS
def test_packets_that_wait_for_another_try_count(level: int) -> None:
    kernel = compile_graph(
        Graph(
            "Tried",
            [
                nodes.source("events", type="manual"),
                nodes.transform("inverse", function=lambda data: 1 / data, error_strategy="retry"),
                nodes.sink("out", type="log"),
            ],
        ),
        level=level,
    ).kernel()
    kernel.push("events", [0, 1], 100.0)
    told = progress(kernel, 100.0)
    assert told["inverse"]["queue_depth"] == 2


@LEVELS
def test_a_silent_source_holds_no_watermark(level: int) -> None:
    """Where a source that may fall silent meets another one, the other's watermark counts alone after a while."""
    times = {"timestamp": "t", "out_of_orderness": 0}
    kernel = compile_graph(
        Graph(
            "Silent",
            [
                nodes.source("busy", type="manual", **times),
                nodes.source("quiet", type="manual", idle_timeout="5s", **times),
                nodes.aggregate("hourly", window="time", duration="1h", aggregates={"n": agg.count()}),
                nodes.sink("out", type="log"),
            ],
            [("busy", "hourly", "out"), ("quiet", "hourly")],
        ),
        level=level,
    ).kernel()
    kernel.push("quiet", [{"t": 50}], 100.0)
    kernel.push("busy", [{"t": 99}], 101.0)
    assert progress(kernel, 102.0)["hourly"] == {"watermark_lag": 52.0}
    kernel.advance(110.0)
    assert progress(kernel, 110.0)["hourly"] == {"watermark_lag": 11.0}


@LEVELS
def test_the_clock_is_whole_milliseconds_and_never_behind_the_kernel(level: int) -> None:
    kernel = compile_graph(
        Graph(
            "Counted",
            [
                nodes.source("events", type="manual"),
                nodes.aggregate("hourly", window="time", duration="1h", aggregates={"n": agg.count()}),
                nodes.sink("out", type="log"),
            ],
        ),
        level=level,
    ).kernel()
    kernel.push("events", [1], 1.001)  # times 1000 that is a little less than 1001
    assert progress(kernel, 1.001) == {"hourly": {"watermark_lag": 0.0}}
    assert progress(kernel, 0.5) == {"hourly": {"watermark_lag": 0.0}}


@LEVELS
def test_tries_again_are_counted_but_not_first_ones(luck: list[bool], level: int) -> None:
    retry: dict[str, Any] = {"error_strategy": "retry", "retry_policy": {"jitter": 0, "max_retries": 2}}
    kernel = compile_graph(
        Graph(
            "Tried",
            [
                nodes.source("events", type="manual"),
                nodes.transform("now", function=lucky, **retry),
                nodes.transform("later", function=asked, **retry),
                nodes.sink("out", type="log"),
            ],
        ),
        level=level,
    ).kernel()

    def retries() -> dict[str, int]:
        told = kernel.metrics()["nodes"]
        return {name: node["retries"] for name, node in told.items() if "retries" in node}

    luck += [False, False, True, True]
    kernel.push("events", [1, 2], 0.0)  # the second one waits behind the first
    assert retries() == {}
    kernel.advance(1.0)
    assert retries() == {"now": 1}
    kernel.advance(3.0)
    assert retries() == {"now": 2}
    kernel.resolve("later:0", now=3.0, error=ConnectionError("lost"))
    assert retries() == {"now": 2}
    kernel.advance(4.0)
    assert retries() == {"now": 2, "later": 1}
