"""Joins: who meets whom, what stays alone and when it is known, lags of the watermark, state."""

from __future__ import annotations

import json
from typing import Any

import pytest

import streamflow
from streamflow import nodes
from streamflow.diagnostics import CompileError
from streamflow.dsl.graph import GraphDefinition

LEVELS = (0, 1, 2)


@pytest.fixture(params=LEVELS, ids=[f"level-{level}" for level in LEVELS])
def level(request: pytest.FixtureRequest) -> int:
    return int(request.param)


def test_bounds_are_inclusive_and_not_the_same_on_both_sides(level: int) -> None:
    kernel = compiled(level, within=(2, 5))
    push(kernel, "b", 7.999, 8, 10, 15)
    push(kernel, "a", 10)
    push(kernel, "b", 15.001)
    assert pairs(kernel) == [(10, 8), (10, 10), (10, 15)]


def test_a_pair_has_the_later_timestamp_and_the_id_of_left(level: int) -> None:
    kernel = compiled(level, within=5)
    push(kernel, "a", 3)
    push(kernel, "b", 5, 1)
    found = [(packet.data, packet.timestamp, packet.id, packet.key, packet.source) for packet in kernel.take("out")]
    assert found == [
        ({"left": {"t": 3, "k": 1}, "right": {"t": 5, "k": 1}}, 5.0, "a:0/j:0", 1, "a"),
        ({"left": {"t": 3, "k": 1}, "right": {"t": 1, "k": 1}}, 3.0, "a:0/j:1", 1, "a"),
    ]


def test_partners_come_in_the_order_of_their_time(level: int) -> None:
    kernel = compiled(level, within=5)
    push(kernel, "b", 4, 2, 4, 3)
    push(kernel, "a", 3)
    assert pairs(kernel) == [(3, 2), (3, 3), (3, 4), (3, 4)]


def test_what_is_older_than_the_lag_is_late(level: int) -> None:
    kernel = compiled(level, within=5)
    push(kernel, "a", 20)
    push(kernel, "b", 20, 15, 14.999)
    assert pairs(kernel) == [(20, 20), (20, 15)]
    assert [packet.data["t"] for packet in kernel.take("late")] == [14.999]
    assert kernel.metrics()["nodes"]["j"] == {"packets_processed": 4, "packets_dropped": {}, "packets_rejected": 0}


def test_the_outer_side_is_sent_once_no_partner_can_come(level: int) -> None:
    kernel = compiled(level, within=(1, 5), how="left")
    push(kernel, "a", 10, 100)
    push(kernel, "b", 20)  # from 15 to 20 a right packet would still be in time
    assert pairs(kernel) == []
    push(kernel, "b", 20.001)
    assert pairs(kernel) == [(10, None)]
    kernel.finish()
    assert pairs(kernel) == [(100, None)]
    assert [(packet.data["t"], packet.metadata) for packet in kernel.take("alone")] == [
        (20, {"side": "right"}),
        (20.001, {"side": "right"}),
    ]


def test_the_watermark_behind_a_join_lags(level: int) -> None:
    kernel = compiled(level, times(), within=(2, 5))
    push(kernel, "a", 8)
    push(kernel, "b", 9.5, 19)
    push(kernel, "a", 14.999)
    assert kernel.take("out") == []
    push(kernel, "a", 15)
    assert [packet.data for packet in kernel.take("out")] == [[9.5]]


def test_what_stays_alone_is_in_time_for_what_follows(level: int) -> None:
    kernel = compiled(level, times(), within=5, how="outer")
    push(kernel, "a", 5, 30)
    push(kernel, "b", 15)  # by the lag alone, the window [0, 10) would close here
    assert kernel.take("out") == []
    push(kernel, "b", 15.001)
    assert [packet.data for packet in kernel.take("out")] == [[5]]
    assert "late" not in kernel.metrics()["nodes"]["w"]["packets_dropped"]


def test_the_clock_sends_what_stays_alone(level: int) -> None:
    program = streamflow.compile_graph(graph(within=5, how="left", timestamp=None), level=level)
    kernel = program.kernel()
    kernel.push("a", [{"k": 1, "t": 0}], now=100)
    assert kernel.next_deadline() == 110.001
    kernel.advance(110)
    assert pairs(kernel) == []
    kernel.advance(110.001)
    assert pairs(kernel) == [(0, None)]
    assert kernel.next_deadline() is None


def test_latest_takes_the_order_of_arrival(level: int) -> None:
    kernel = compiled(level, latest=True, out_of_orderness=10)
    push(kernel, "a", 1)
    push(kernel, "b", 5, 3)
    push(kernel, "a", 4)
    assert pairs(kernel) == [(4, 3)]
    assert [(packet.data["t"], packet.metadata["side"]) for packet in kernel.take("alone")] == [
        (1, "left"),
        (5, "right"),
    ]


def test_latest_outlives_the_watermark_but_not_its_span(level: int) -> None:
    kernel = compiled(level, latest=6, how="left")
    push(kernel, "b", 10)
    push(kernel, "a", 16, 16.001)
    assert pairs(kernel) == [(16, 10), (16.001, None)]


def test_a_window_joins_all_pairs_of_a_key_at_its_end(level: int) -> None:
    kernel = compiled(level, window="time", duration=10, offset=5, how="left")
    kernel.push("a", [{"t": 14, "k": 2}, {"t": 6, "k": 1}], now=0)
    push(kernel, "b", 14.999, 7)
    push(kernel, "a", 5, 15)
    assert pairs(kernel) == []
    push(kernel, "b", 30)
    assert pairs(kernel) == [(14, None), (5, 7), (5, 14.999), (6, 7), (6, 14.999)]
    push(kernel, "a", 4, 26)
    assert pairs(kernel) == [(15, None)]
    assert [packet.data["t"] for packet in kernel.take("late")] == [4]
    kernel.finish()
    assert pairs(kernel) == [(26, 30)]
    assert kernel.take("alone") == []


def test_a_pair_is_in_every_window_that_holds_both(level: int) -> None:
    kernel = compiled(level, window="time", duration=10, slide=5, how="left")
    push(kernel, "a", 7)
    push(kernel, "b", 9, 12)
    kernel.finish()
    # [0, 10): 7 and 9. [5, 15): 7 with 9 and 12. [10, 20): 12 alone, on the right.
    assert pairs(kernel) == [(7, 9), (7, 9), (7, 12)]
    assert [(packet.data["t"], packet.metadata["side"]) for packet in kernel.take("alone")] == [(12, "right")]


def test_sessions_are_of_both_sides_together(level: int) -> None:
    kernel = compiled(level, out_of_orderness=100, window="session", gap=5, how="outer")
    push(kernel, "a", 0, 30)
    push(kernel, "b", 8)
    push(kernel, "a", 4)  # a bridge from 0 to 8
    kernel.finish()
    assert pairs(kernel) == [(0, 8), (4, 8), (30, None)]


def test_windows_go_on_from_rows() -> None:
    program = streamflow.compile_graph(graph(window="time", duration=10, how="outer"))
    kernel = program.kernel()
    push(kernel, "a", 1, 12)
    rows = kernel.changes()
    assert len(rows) == 5  # two windows of one packet each, and the header
    push(kernel, "b", 2, 21)
    push(kernel, "a", 13)
    assert pairs(kernel) == [(1, 2)]
    changed = kernel.changes()
    assert [row[1:4] for row in changed if row[4] is None] == [("1", "10000", 0), ("1", "10000", 1)]
    fresh = program.kernel()
    fresh.load({row[:4]: row for row in [*rows, *changed]}.values())
    fresh.finish()
    assert pairs(fresh) == [(12, None), (13, None), (None, 21)]


def test_a_function_sees_its_own_values_and_the_packet_from_left(level: int) -> None:
    def change(left: Any, right: Any, packet: Any) -> Any:
        left["seen"] = packet.id
        right["seen"] = packet.timestamp
        return [left, right]

    kernel = compiled(level, within=5, function=change)
    push(kernel, "a", 1, 2)
    push(kernel, "b", 3)
    assert [packet.data for packet in kernel.take("out")] == [
        [{"t": 1, "k": 1, "seen": "a:0"}, {"t": 3, "k": 1, "seen": 1.0}],
        [{"t": 2, "k": 1, "seen": "a:1"}, {"t": 3, "k": 1, "seen": 2.0}],
    ]


def test_a_failing_pair_has_met_all_the_same(level: int) -> None:
    kernel = compiled(level, within=5, how="left", function=lambda left, right: left["t"] / right["t"])
    push(kernel, "a", 1)
    push(kernel, "b", 0, 2)
    [failure] = kernel.failures()
    assert failure.data == {"left": {"t": 1, "k": 1}, "right": {"t": 0, "k": 1}}
    assert (failure.type, failure.packet.id) == ("ZeroDivisionError", "a:0")
    assert [packet.data for packet in kernel.take("out")] == [0.5]


def test_rows_are_what_was_added() -> None:
    program = streamflow.compile_graph(graph(within=5, how="left"))
    kernel = program.kernel()
    kept: dict[Any, str] = {}

    def commit() -> list[Any]:
        changed = [tuple(row) for row in kernel.changes() if row[0]]
        for *place, text in changed:
            kept[tuple(place)] = text
            if text is None:
                del kept[tuple(place)]
        return [(row[1:4], row[4] is None) for row in changed]

    push(kernel, "a", *range(10, 20))
    assert len(commit()) == 10
    push(kernel, "b", 25)
    assert commit() == [
        (("1", "right", 10), False),
    ]
    push(kernel, "b", 24)
    assert commit() == [(("1", "right", 11), False), (("1", "left", 9), False)]
    push(kernel, "a", 100)
    push(kernel, "b", 100)
    commit()
    assert {place[2:] for place in kept} == {("left", 12), ("right", 13)}


def test_joins_go_on_from_rows_and_snapshots() -> None:
    program = streamflow.compile_graph(graph(within=5, how="outer"))
    kernel = program.kernel()
    push(kernel, "a", 1, 2)
    push(kernel, "b", 6.5)
    assert pairs(kernel) == [(2, 6.5)]
    rows = [json.loads(json.dumps(row)) for row in kernel.changes()]
    header = [row for row in rows if row[0] == ""]
    assert header
    loaded = program.kernel()
    loaded.load(rows)
    restored = program.kernel()
    restored.restore(json.loads(json.dumps(kernel.snapshot())))
    for fresh in (loaded, restored):
        fresh.finish()
        assert pairs(fresh) == [(1, None)]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "needs one of the options `within`, `window`, `latest`"),
        ({"window": "session", "duration": 5}, "needs the option `gap` with window='session'"),
        ({"window": "session", "gap": 5, "slide": 2}, "has no option `slide` with window='session'"),
        ({"window": "session", "gap": 5, "max_duration": 4}, "`max_duration` must be at least `gap`"),
        ({"window": "time"}, "needs the option `duration` with window='time'"),
        ({"window": "time", "duration": 5, "gap": 5}, "has no option `gap` with window='time'"),
        ({"window": "time", "duration": 5, "slide": 6}, "`slide` must not be larger than `duration`"),
        ({"window": "count", "duration": 5}, "`window` must be 'time' or 'session', not 'count'"),
        ({"window": "time", "duration": 5, "offset": 5}, "`offset` must be smaller than `duration`"),
        ({"within": 5, "latest": True}, "`within` and `latest` exclude each other"),
        ({"within": 5, "how": "right"}, "`how` must be 'inner', 'left' or 'outer', not 'right'"),
        ({"within": (1, 2, 3)}, "`within` is one span, or a pair (before, after)"),
        ({"within": -5}, "`within` a span can't be negative"),
        ({"latest": False}, "is not a duration"),
    ],
)
def test_options_that_make_no_sense_are_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(CompileError) as refusal:
        streamflow.compile_graph(graph(**options))
    assert message in str(refusal.value)


def graph(*last: Any, timestamp: str | None = "t", out_of_orderness: float = 0, **options: Any) -> GraphDefinition:
    """Two sources, a join of them by `k`, perhaps more, and a sink for each of its ports."""
    return GraphDefinition(
        "Case",
        [
            nodes.source("a", type="manual", timestamp=timestamp, out_of_orderness=out_of_orderness),
            nodes.source("b", type="manual", timestamp=timestamp, out_of_orderness=out_of_orderness),
            nodes.join("j", key="k", **options),
            *last,
            *(nodes.sink(name, type="log") for name in ("out", "late", "alone")),
        ],
        [
            ("a", "j.left", *(node.name for node in last), "out"),
            ("b", "j.right"),
            ("j.late", "late"),
            *([("j.unmatched", "alone")] if options.get("how") != "outer" else []),
        ],
    )


def times() -> Any:
    return nodes.aggregate("w", window="time", duration=10, function=lambda packets: [p.timestamp for p in packets])


def compiled(level: int, *last: Any, **options: Any) -> Any:
    return streamflow.compile_graph(graph(*last, **options), level=level).kernel()


def push(kernel: Any, source: str, *times: float) -> None:
    kernel.push(source, [{"t": time, "k": 1} for time in times], now=0)


def pairs(kernel: Any) -> list[Any]:
    """The times of what has met."""
    return [tuple(side and side["t"] for side in packet.data.values()) for packet in kernel.take("out")]
