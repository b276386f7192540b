"""Hand-computed cases: what the reference interpreter means by order, time, windows, failures and parked calls."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest

from reference.interpreter import Interpreter
from reference.packet import Packet, Window
from streamflow.dsl import nodes
from streamflow.dsl.edge import EdgeLike, edge
from streamflow.dsl.graph import GraphDefinition
from streamflow.dsl.node import Node

MIDNIGHT = 1_700_006_400.0  # an ISO text's moment: 2023-11-15T00:00:00Z


def test_a_packet_runs_all_its_paths_before_the_next_depth_first() -> None:
    program = interpreter(
        [source(), step("a"), step("b"), step("c"), sink()],
        [("in", "a", "out"), ("in", "b", "out"), ("a", "c", "out")],
    )
    program.push("in", ["x", "y"], now=0)
    assert data(program) == ["xa", "xac", "xb", "ya", "yac", "yb"]


def test_an_edge_written_twice_is_one_and_two_conditions_are_two() -> None:
    even = lambda data: data % 2 == 0
    program = interpreter(
        [source(), sink()],
        [("in", "out"), ("in.out", "out"), edge("in", "out", when=even), edge("in", "out", when=even)],
    )
    program.push("in", [1, 2], now=0)
    assert data(program) == [1, 2, 2]


def test_a_fan_in_runs_once_per_arriving_packet_in_the_order_of_edges() -> None:
    program = interpreter(
        [source(), step("a"), step("b"), step("join"), sink()],
        [("in", "b", "join"), ("in", "a", "join"), ("join", "out")],
    )
    program.push("in", ["x", "y"], now=0)
    assert data(program) == ["xbjoin", "xajoin", "ybjoin", "yajoin"]


def test_branches_and_callers_see_no_changes_of_others() -> None:
    def spoil(data: Any) -> Any:
        data["items"].append("spoilt")
        return data

    program = interpreter(
        [
            source(),
            nodes.transform("spoil", function=spoil),
            nodes.filter("peek", function=lambda data: spoil(data) is not None),
            sink("first"),
            sink("second"),
        ],
        [("in", "spoil", "first"), ("in", "peek", "second")],
    )
    value: dict[str, Any] = {"items": []}
    program.push("in", [value], now=0)
    assert data(program, "first") == [{"items": ["spoilt"]}]
    assert data(program, "second") == [{"items": []}]
    assert value == {"items": []}


def test_none_that_arrives_is_a_packet_and_none_that_a_function_returns_is_not() -> None:
    program = interpreter(
        [source(), nodes.transform("drop", function=lambda data: data), sink(), sink("raw")],
        [("in", "drop", "out"), ("in", "raw")],
    )
    program.push("in", [None, 0], now=0)
    assert data(program) == [0]
    assert data(program, "raw") == [None, 0]


def test_ids_grow_where_a_packet_is_new_and_nowhere_else() -> None:
    program = interpreter(
        [
            source(),
            step("a"),
            nodes.filter("keep", function=lambda data: data != "y"),
            nodes.aggregate("pair", window="count", size=2, key=lambda data: ("é", 1), function=len),
            sink(),
            sink("pairs"),
        ],
        [("in", "keep", "a", "out"), ("in", "pair", "pairs")],
    )
    program.push("in", ["x", "y", "z", "z"], now=1.5)
    program.push("in", ["x", "z"], now=2)
    assert [p.id for p in program.take("out")] == ["in:0/a:0", "in:2/a:0", "in:3/a:0", "in:4/a:0", "in:5/a:0"]
    key = "%5B%22%C3%A9%22%2C1%5D"
    assert [p.id for p in program.take("pairs")] == [
        f"pair:{key}:1500:1500:0",
        f"pair:{key}:1500:1500:1",
        f"pair:{key}:2000:2000:2",
    ]


def test_a_tumbling_window_closes_when_the_watermark_reaches_its_end() -> None:
    program = interpreter([event_source(), time("sum", 10), sink()])
    program.push("in", [9.9994, 0, 5], now=0)  # 9.9994 s is 9999 ms; 9.9996 s would be in the next window
    program.push("in", [9.9996], now=0)
    [result] = program.take("out")
    assert result == Packet(
        [0, 5, 9.9994], 9.999, "sum:null:0:10000:0", None, "sum", {}, Window(None, 0.0, 10.0), revision=0
    )


def test_the_packet_that_moves_the_watermark_comes_after_what_it_closes() -> None:
    program = interpreter([event_source(), time("sum", 10), sink()], [("in", "out"), ("in", "sum", "out")])
    program.push("in", [1, 12], now=0)
    assert data(program) == [1, [1], 12]


def test_offsets_of_both_signs_move_the_grid() -> None:
    for offset, bounds in ((3, (-7.0, 3.0)), (-3, (-3.0, 7.0))):
        program = interpreter([event_source(), time("sum", 10, offset=offset), sink()])
        program.push("in", [0], now=0)
        program.finish()
        [result] = program.take("out")
        assert result.window == Window(None, *bounds)


def test_late_is_judged_by_the_watermark_of_the_node() -> None:
    program = interpreter(
        [event_source(out_of_orderness=5), time("sum", 10), sink(), sink("late")],
        [("in", "sum", "out"), ("sum.late", "late")],
    )
    program.push("in", [1, 14.999, 2, 15, 3, 10], now=0)
    assert data(program) == [[1, 2]]
    [late] = program.take("late")
    assert (late.data, late.id, late.timestamp) == (3, "in:4", 3.0)
    program.finish()
    assert data(program) == [[10, 14.999, 15]]


def test_an_unwired_late_packet_is_dropped_and_counted() -> None:
    program = interpreter([event_source(), time("sum", 10), sink()])
    program.push("in", [20, 1], now=0)
    assert program.metrics()["nodes"]["sum"] == {
        "packets_processed": 2,
        "packets_dropped": {"late": 1},
        "packets_rejected": 0,
        "retries": 0,
    }
    assert program.failures() == []


def test_packets_of_a_window_are_in_order_of_time_and_ties_in_order_of_arrival() -> None:
    program = interpreter(
        [
            nodes.source("in", type="manual", timestamp=lambda data: data[0], out_of_orderness=100),
            time("sum", 10),
            sink(),
        ]
    )
    program.push("in", [[3, "a"], [1, "b"], [3, "c"], [1.0, "d"]], now=0)
    program.finish()
    assert data(program) == [[[1, "b"], [1.0, "d"], [3, "a"], [3, "c"]]]


def test_keys_fire_in_the_order_in_which_they_entered_the_window() -> None:
    program = interpreter(
        [
            nodes.source("in", type="manual", timestamp="at", out_of_orderness=100),
            nodes.aggregate("sum", window="time", duration=10, key="k", function=lambda packets: len(packets)),
            sink(),
        ]
    )
    program.push("in", [{"at": at, "k": k} for at, k in ((12, "b"), (1, "c"), (2, 1), (3, True), (4, "b"))], now=0)
    program.finish()
    assert [(p.key, p.data, p.id) for p in program.take("out")] == [
        ("c", 1, "sum:%22c%22:0:10000:0"),
        (1, 2, "sum:1:0:10000:0"),
        ("b", 1, "sum:%22b%22:0:10000:0"),
        ("b", 1, "sum:%22b%22:10000:20000:0"),
    ]


def test_cascaded_windows_nest_and_fire_end_by_end() -> None:
    program = interpreter(
        [event_source(), time("small", 10), time("large", 20), sink()],
        [("in", "small", "large", "out"), ("small", "out")],
    )
    program.push("in", [1, 11, 21], now=0)
    assert data(program) == [[1], [11], [[1], [11]]]
    program.push("in", [65], now=0)
    assert data(program) == [[21], [[21]]]
    program.finish()
    assert data(program) == [[65], [[65]]]


def test_an_upstream_window_is_in_time_downstream_at_the_same_end() -> None:
    program = interpreter(
        [event_source(), time("second", 10), time("first", 10), sink()],
        [("in", "first", "second", "out")],
    )
    program.push("in", [1, 100], now=0)
    assert data(program) == [[[1]]]


def test_at_one_end_independent_nodes_fire_in_the_order_of_nodes() -> None:
    program = interpreter(
        [event_source(), time("b", 10), time("a", 10), sink()], [("in", "a", "out"), ("in", "b", "out")]
    )
    program.push("in", [1, 10], now=0)
    assert [p.source for p in program.take("out")] == ["b", "a"]


def test_a_node_waits_for_the_slowest_of_its_inputs() -> None:
    program = interpreter(
        [event_source("a"), event_source("b", out_of_orderness=3), time("sum", 10), sink()],
        [("a", "sum", "out"), ("b", "sum")],
    )
    program.push("a", [1, 50], now=0)
    assert data(program) == []
    program.push("b", [12], now=0)
    assert data(program) == []
    program.push("b", [13], now=0)
    assert data(program) == [[1]]


def test_arrival_time_closes_windows_by_the_clock_and_mixes_with_event_time() -> None:
    program = interpreter(
        [source("clock"), event_source("event"), time("plain", 10), time("mixed", 10), sink(), sink("both")],
        [("clock", "plain", "out"), ("clock", "mixed", "both"), ("event", "mixed")],
    )
    program.push("clock", ["x"], now=3)
    program.push("event", [4], now=4)
    program.advance(now=10)
    assert data(program) == [["x"]]
    assert data(program, "both") == []
    program.push("event", [30], now=11)
    assert data(program, "both") == [["x", 4]]
    program.push("event", [1], now=11)
    assert program.metrics()["nodes"]["mixed"]["packets_dropped"] == {"late": 1}
    program.advance(now=39)
    assert data(program, "both") == []
    program.push("event", [45], now=39.999)
    assert data(program, "both") == []
    program.advance(now=40)
    assert data(program, "both") == [[30]]


def test_a_clock_that_steps_back_is_clamped() -> None:
    program = interpreter([source(), sink()])
    program.push("in", ["x"], now=5)
    program.push("in", ["y"], now=3)
    assert [p.timestamp for p in program.take("out")] == [5.0, 5.0]


def test_count_windows_keep_their_rest() -> None:
    program = interpreter(
        [
            event_source(),
            nodes.aggregate("pair", window="count", size=2, key=lambda data: data % 2, function=values),
            sink(),
        ]
    )
    program.push("in", [5, 2, 3, 1, 4, 8], now=0)
    program.finish()
    results = program.take("out")
    assert [(p.data, p.key, p.timestamp) for p in results] == [([3, 5], 1, 5.0), ([2, 4], 0, 4.0)]
    assert [p.id for p in results] == ["pair:1:3000:5000:0", "pair:0:2000:4000:1"]
    assert results[0].window == Window(1, 3.0, 5.0)


def test_two_packets_exactly_the_gap_apart_are_two_sessions() -> None:
    program = interpreter([event_source(out_of_orderness=100), session(5), sink()])
    program.push("in", [0, 5, 9.999], now=0)
    program.finish()
    assert [(p.data, p.window, p.timestamp) for p in program.take("out")] == [
        ([0], Window(None, 0.0, 5.0), 4.999),
        ([5, 9.999], Window(None, 5.0, 14.999), 14.998),
    ]


def test_a_bridge_merges_two_sessions() -> None:
    program = interpreter([event_source(out_of_orderness=100), session(5), sink()])
    program.push("in", [8, 0, 4], now=0)
    program.finish()
    [result] = program.take("out")
    assert (result.data, result.window) == ([0, 4, 8], Window(None, 0.0, 13.0))


def test_a_merged_session_keeps_the_place_at_which_its_key_entered() -> None:
    program = interpreter(
        [
            nodes.source("in", type="manual", timestamp="at", out_of_orderness=100),
            nodes.aggregate("session", window="session", gap=5, key="k", function=lambda packets: len(packets)),
            sink(),
        ]
    )
    program.push("in", [{"at": at, "k": k} for at, k in ((8, "a"), (8, "b"), (1, "b"), (1, "a"))], now=0)
    program.push("in", [{"at": 4.5, "k": "b"}], now=0)
    program.finish()
    assert [(p.key, p.data) for p in program.take("out")] == [("a", 1), ("a", 1), ("b", 3)]


def test_a_late_packet_is_merged_first_and_judged_by_the_merged_session() -> None:
    program = interpreter([event_source(out_of_orderness=2), session(5), sink()])
    program.push("in", [10, 13, 5.5, 20, 12.9, 12.999], now=0)  # the watermark is 18: [10, 18) has fired
    assert data(program) == [[5.5, 10, 13]]
    assert program.metrics()["nodes"]["session"]["packets_dropped"] == {"late": 2}
    program.push("in", [16, 13.5], now=0)  # 16 merges with 20; 13.5 then merges with 16
    program.finish()
    assert data(program) == [[13.5, 16, 20]]


def test_bad_timestamps_leave_by_invalid_and_move_nothing() -> None:
    program = interpreter(
        [
            nodes.source("in", type="manual", timestamp="meta.at", key="k"),
            time("sum", 10),
            sink(),
            sink("invalid"),
        ],
        [("in", "sum", "out"), ("in.invalid", "invalid")],
    )
    bad: list[Any] = [True, "12", "2023-11-15T00:00:00", float("nan"), 1.1e11, None, [1]]
    program.push("in", [{"meta": {"at": at}, "k": 1} for at in bad] + [{"k": 1}, 7], now=2, metadata={"ip": None})
    refused = program.take("invalid")
    assert [p.id for p in refused] == [f"in:{n}" for n in range(9)]
    assert {(p.timestamp, p.key) for p in refused} == {(2.0, None)}
    assert all(p.metadata["ip"] is None and isinstance(p.metadata["invalid"], str) for p in refused)
    program.push("in", [{"meta.at": 0, "meta": {"at": 99}, "k": 2}], now=2)
    program.push("in", [{"meta": {"at": "2023-11-15T00:00:00Z"}, "k": 3}], now=2)
    [result] = program.take("out")
    assert (result.timestamp, result.key) == (9.999, None)
    assert program.state.watermarks["sum"] == MIDNIGHT * 1000


def test_an_unwired_invalid_packet_is_dropped_and_counted_as_admitted() -> None:
    program = interpreter([event_source(), sink()])
    program.push("in", ["x", 1], now=0)
    assert program.metrics()["packets_processed"] == 2
    assert program.metrics()["nodes"]["in"]["packets_dropped"] == {"invalid": 1}
    assert [p.id for p in program.take("out")] == ["in:1"]


def test_a_timestamp_of_a_whole_batch_overrides_the_data() -> None:
    program = interpreter([event_source(), time("sum", 10), sink()])
    program.push("in", [1, "x"], now=0, timestamp=4)
    program.push("in", [3], now=0, timestamp=10)
    assert data(program) == [[1, "x"]]


def test_a_failure_ends_its_own_path_and_is_reported_once() -> None:
    program = interpreter(
        [source(), nodes.transform("invert", function=lambda data: 1 / data), step("a"), sink()],
        [("in", "invert", "out"), ("in", "a", "out")],
    )
    program.push("in", [0], now=0)
    [failure] = program.failures()
    assert (failure.node, failure.type, failure.error, failure.data) == (
        "invert",
        "ZeroDivisionError",
        "division by zero",
        0,
    )
    assert data(program) == ["0a"]
    assert program.metrics()["nodes"]["invert"]["packets_dropped"] == {"error": 1}
    assert program.failures() == []


def test_a_wired_error_carries_the_data_as_the_node_received_it() -> None:
    def spoil(data: Any) -> Any:
        data["spoilt"] = True
        return data["missing"]

    program = interpreter(
        [source(), nodes.transform("spoil", function=spoil), sink()], [("in", "spoil"), ("spoil.error", "out")]
    )
    program.push("in", [{}], now=0)
    [packet] = program.take("out")
    line = spoil.__code__.co_firstlineno + 2
    assert packet.data == {"error": "'missing'", "type": "KeyError", "node": "spoil", "line": line, "data": {}}
    assert packet.id == "in:0/spoil:0"
    assert program.failures() == []
    assert program.metrics()["packets_dropped"] == 0


def test_a_raising_condition_fails_at_its_origin_and_stops_its_edge_only() -> None:
    program = interpreter(
        [source(), step("a"), sink(), sink("errors")],
        [("in", "a"), edge("a", "out", when=lambda data: data.missing), ("a", "out"), ("a.error", "errors")],
    )
    program.push("in", ["x"], now=0)
    assert data(program) == ["xa"]
    [error] = program.take("errors")
    assert (error.data["node"], error.data["data"], error.id) == ("a", "xa", "in:0/a:0/a:0")


def test_a_raising_condition_behind_an_error_port_is_dropped() -> None:
    program = interpreter(
        [source(), nodes.transform("invert", function=lambda data: 1 / data), sink()],
        [("in", "invert"), edge("invert.error", "out", when=lambda data: data["data"] / 0)],
    )
    program.push("in", [0], now=0)
    assert data(program) == []
    [failure] = program.failures()
    assert (failure.node, failure.data["type"]) == ("invert", "ZeroDivisionError")


def test_a_raising_aggregate_drops_that_result() -> None:
    program = interpreter(
        [
            event_source(),
            nodes.aggregate("worst", window="time", duration=10, key=lambda d: d % 2, function=lambda packets: 1 / 0),
            sink(),
        ],
        [("in", "worst"), ("worst.error", "out")],
    )
    program.push("in", [1, 3, 14], now=0)
    [packet] = program.take("out")
    assert packet.data["data"] == {"key": 1, "start": 0.0, "end": 10.0, "count": 2}
    assert (packet.id, packet.timestamp, packet.key) == ("worst:1:0:10000:0/worst:0", 9.999, 1)
    assert packet.window == Window(1, 0.0, 10.0)


def test_a_key_that_is_no_key_fails_the_packet() -> None:
    program = interpreter(
        [
            nodes.source("in", type="manual", key="k"),
            nodes.aggregate("pair", window="count", size=1, key=("k", "l"), function=values),
            sink(),
        ]
    )
    program.push("in", [{"k": [1]}, {"l": 1}, {"k": 1}, {"k": None, "l": "x"}], now=0)
    assert [(f.node, f.type) for f in program.failures()] == [
        ("in", "TypeError"),
        ("in", "KeyError"),
        ("pair", "KeyError"),
    ]
    [result] = program.take("out")
    assert (result.key, result.id) == ((None, "x"), "pair:%5Bnull%2C%22x%22%5D:0:0:0")


def test_one_parameter_more_gets_the_packet_or_the_window() -> None:
    def origin(data: Any, packet: Packet) -> Any:
        return [packet.id, packet.key, packet.metadata["ip"], data]

    program = interpreter(
        [
            nodes.source("in", type="manual", key=lambda data, packet: packet.source),
            nodes.transform("origin", function=origin),
            nodes.filter("all", function=lambda data, wanted="in": data[1] == wanted),
            nodes.aggregate("bounds", window="time", duration=10, function=lambda packets, window: [window.end]),
            sink(),
            sink("bounds-out"),
        ],
        [("in", "origin", "all", "out"), ("in", "bounds", "bounds-out")],
    )
    program.push("in", ["x"], now=0, metadata={"ip": "::1"})
    program.finish()
    assert data(program) == [["in:0", "in", "::1", "x"]]
    assert data(program, "bounds-out") == [[10.0]]


def test_timers_tick_at_multiples_after_the_first_now() -> None:
    program = interpreter(
        [
            nodes.source("tick", type="timer", interval=10, function=lambda tick: tick if tick != 1 else None),
            nodes.source("tock", type="timer", interval=15),
            sink(),
        ],
        [("tick", "out"), ("tock", "out")],
    )
    program.advance(now=20)
    assert data(program) == []
    program.advance(now=60)
    assert [(p.source, p.data, p.timestamp, p.id) for p in program.take("out")] == [
        ("tick", 0, 30.0, "tick:0"),
        ("tock", 0, 30.0, "tock:0"),
        ("tock", 1, 45.0, "tock:1"),
        ("tick", 2, 50.0, "tick:1"),
        ("tick", 3, 60.0, "tick:2"),
        ("tock", 2, 60.0, "tock:2"),
    ]


def test_a_tick_comes_after_the_windows_that_its_moment_closes() -> None:
    program = interpreter(
        [nodes.source("tick", type="timer", interval=5), time("pairs", 10), sink()],
        [("tick", "pairs", "out"), ("tick", "out")],
    )
    program.advance(now=0)
    program.advance(now=20)
    assert data(program) == [0, [0], 1, 2, [1, 2], 3]


def test_a_raising_timer_is_a_failure_of_its_tick() -> None:
    program = interpreter([nodes.source("tick", type="timer", interval=1, function=lambda tick: 1 / tick), sink()])
    program.advance(now=0)
    program.advance(now=2)
    [failure] = program.failures()
    assert (failure.node, failure.data, failure.packet.id) == ("tick", 0, "tick:0")
    assert data(program) == [1.0]


def test_results_are_released_in_order_of_arrival_per_key() -> None:
    program = interpreter([nodes.source("in", type="manual", key="k"), asynchronous("slow"), sink()])
    program.push("in", [{"k": k} for k in (1, 2, True, None, None)], now=0)
    assert [(c.id, c.data["k"]) for c in program.pending()] == [
        ("slow:0", 1),
        ("slow:1", 2),
        ("slow:2", True),
        ("slow:3", None),
        ("slow:4", None),
    ]
    program.resolve("slow:2", "c", now=0)
    program.resolve("slow:4", "e", now=0)
    assert data(program) == []
    program.resolve("slow:1", "b", now=0)
    assert data(program) == ["b"]
    program.resolve("slow:0", "a", now=0)
    assert data(program) == ["a", "c"]
    program.resolve("slow:3", None, now=0)
    [last] = program.take("out")
    assert (last.data, last.id) == ("e", "in:4/slow:0")


def test_unordered_results_are_released_at_once_and_concurrency_bounds_what_is_pending() -> None:
    program = interpreter([source(), asynchronous("slow", concurrency=2, ordered=False), sink()])
    program.push("in", ["a", "b", "c"], now=0)
    assert [c.id for c in program.pending()] == ["slow:0", "slow:1"]
    program.resolve("slow:1", "B", now=0)
    assert data(program) == ["B"]
    assert [c.id for c in program.pending()] == ["slow:0", "slow:2"]


def test_an_error_of_a_call_waits_for_its_turn_too() -> None:
    program = interpreter([source(), asynchronous("slow"), sink()], [("in", "slow", "out"), ("slow.error", "out")])
    program.push("in", ["a", "b"], now=0)
    program.resolve("slow:1", now=0, error=ValueError("no"))
    assert data(program) == []
    program.resolve("slow:0", "A", now=0)
    first, second = program.take("out")
    assert first.data == "A"
    assert (second.data["error"], second.data["data"], second.id) == ("no", "b", "in:1/slow:0")


def test_a_parked_packet_holds_the_watermark_behind_it() -> None:
    program = interpreter(
        [event_source(), asynchronous("slow"), time("sum", 10), sink(), time("direct", 10)],
        [("in", "slow", "sum", "out"), ("in", "direct", "out")],
    )
    program.push("in", [1, 2, 25], now=0)
    assert data(program) == [[1, 2]]
    assert program.state.watermarks["sum"] == 1000
    program.resolve("slow:2", 25, now=0)
    program.resolve("slow:0", 1, now=0)
    assert program.state.watermarks["sum"] == 2000
    program.resolve("slow:1", 2, now=0)  # 2 runs, its hold goes; 25 runs, its hold goes and [0, 10) closes
    assert data(program) == [[1, 2]]
    assert program.state.watermarks["sum"] == 25_000


def test_a_released_packet_runs_before_what_its_hold_kept_open() -> None:
    program = interpreter([source(), asynchronous("slow"), time("sum", 10), sink()])
    program.push("in", ["a"], now=9.999)
    program.advance(now=60)
    assert data(program) == []
    program.resolve("slow:0", "A", now=60)
    assert data(program) == [["A"]]


def test_the_end_of_input_waits_for_calls_and_then_for_those_it_makes() -> None:
    program = interpreter([event_source(), time("sum", 10), asynchronous("slow"), time("sums", 100), sink()])
    program.push("in", [1], now=0)
    program.finish()
    assert data(program) == []
    with pytest.raises(RuntimeError):
        program.finish()
    program.resolve("slow:0", "A", now=0)
    assert data(program) == [["A"]]


def test_a_call_runs_the_users_coroutine_on_data_of_its_own() -> None:
    async def spoil(data: Any, packet: Packet) -> Any:
        data.append(packet.id)
        return data

    program = interpreter([source(), nodes.transform("slow", function=spoil), sink()])
    program.push("in", [[]], now=0)
    [call] = program.pending()
    with pytest.raises(StopIteration) as end:
        call.run().send(None)
    assert end.value.value == ["in:0"]
    assert program.pending()[0].data == []


def test_a_snapshot_is_of_its_moment() -> None:
    graph = [event_source(), time("sum", 10), sink()]
    program = interpreter(graph)
    program.push("in", [1], now=0)
    saved = program.snapshot()
    program.push("in", [2], now=0)
    other = interpreter(graph)
    other.restore(saved)
    other.push("in", [10], now=0)
    [result] = other.take("out")
    assert result.data == [1]
    assert other.metrics()["packets_processed"] == 2


def interpreter(nodes: list[Node], edges: Iterable[EdgeLike] | None = None) -> Interpreter:
    return Interpreter(GraphDefinition("Case", nodes, edges))


def data(program: Interpreter, sink: str = "out") -> list[Any]:
    return [packet.data for packet in program.take(sink)]


def values(packets: list[Packet]) -> list[Any]:
    return [packet.data for packet in packets]


def source(name: str = "in") -> Node:
    return nodes.source(name, type="manual")


def event_source(name: str = "in", out_of_orderness: float = 0) -> Node:
    return nodes.source(name, type="manual", timestamp=lambda data: data, out_of_orderness=out_of_orderness)


def step(name: str) -> Node:
    return nodes.transform(name, function=lambda data: f"{data}{name}")


def time(name: str, duration: float, offset: float = 0) -> Node:
    return nodes.aggregate(name, window="time", duration=duration, offset=offset, function=values)


def session(gap: float) -> Node:
    return nodes.aggregate("session", window="session", gap=gap, function=values)


def asynchronous(name: str, concurrency: int = 16, ordered: bool = True) -> Node:
    async def call(data: Any) -> Any:
        return data

    return nodes.transform(name, function=call, concurrency=concurrency, ordered=ordered)


def sink(name: str = "out") -> Node:
    return nodes.sink(name, type="log")
