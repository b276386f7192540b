"""The strategy `stop`: what runs before, what stands in line, and how it goes on. Luck is told beforehand."""

import json
import random

import pytest

from streamflow import Graph, compile_graph, edge, nodes
from streamflow.testing import TestStream, run
from streamflow_runtime.hurrying import hurry
from streamflow_runtime.state_checks import StateMismatch
from streamflow_runtime.stopping import Stopped

LEVELS = pytest.mark.parametrize("level", [0, 1, 2])
STOP = {"error_strategy": "stop"}


def tried(data):
    if random.random() < 0.5:
        raise ValueError("bad luck")
    return data


async def called(data):
    return tried(data)


def kernel_of(*middle, level=2, edges=None, taps=(), sinks=("out",), **source):
    made = [nodes.source("s", type="manual", **source), *middle, *(nodes.sink(name, type="log") for name in sinks)]
    return compile_graph(Graph("Stops", made, edges, taps=taps), level=level).kernel()


def taken(kernel, name="out"):
    return [packet.data for packet in kernel.take(name)]


def reloaded(kernel):
    """A fresh kernel that goes on from the state, as JSON."""
    fresh = type(kernel)()
    fresh.restore(json.loads(json.dumps(kernel.snapshot())))
    return fresh


@LEVELS
def test_what_comes_before_is_through_and_the_rest_of_the_batch_waits(luck, level):
    kernel = kernel_of(nodes.transform("t", function=tried, **STOP), level=level)
    luck += [True, False]
    kernel.push("s", ["a", "b", "c"], now=5)
    assert taken(kernel) == ["a"]
    reason = {key: kernel.stopped[key] for key in ("node", "packet", "error", "type", "since")}
    assert reason == {"node": "t", "packet": "s:1", "error": "bad luck", "type": "ValueError", "since": 5.0}
    assert kernel.stopped["file"].endswith("test_stops.py")
    assert kernel.stopped["line"] == tried.__code__.co_firstlineno + 2
    assert kernel.failures() == []
    assert kernel.metrics()["stopped"] == kernel.stopped
    assert kernel.metrics()["packets_dropped"] == 0
    kernel.go_on(now=9)
    assert kernel.stopped is None
    packets = kernel.take("out")
    assert [(packet.data, packet.id, packet.timestamp) for packet in packets] == [
        ("b", "s:1/t:0", 5),
        ("c", "s:2/t:0", 5),
    ]
    assert kernel.metrics()["packets_processed"] == 3


@LEVELS
def test_while_it_is_stopped_nothing_comes_in_and_no_time_passes(luck, level):
    tick = nodes.source("tick", type="timer", interval=1)
    check = nodes.transform("t", function=tried, **STOP)
    count = nodes.aggregate("w", window="time", duration=10, function=len)
    edges = [("s", "t", "out"), ("s", "w", "windows"), ("tick", "ticks")]
    kernel = kernel_of(tick, check, count, edges=edges, sinks=("out", "windows", "ticks"), level=level)
    luck += [False]
    kernel.push("s", ["a"], now=0)
    with pytest.raises(Stopped, match=r"^the graph is stopped at t, line \d+: ValueError: bad luck$"):
        kernel.push("s", ["b"], now=1)
    with pytest.raises(Stopped):
        kernel.finish()
    with pytest.raises(KeyError):
        kernel.resolve("t:0", 1, now=1)
    kernel.advance(60)
    assert kernel.next_deadline() is None
    assert [taken(kernel, name) for name in ("out", "windows", "ticks")] == [[], [], []]
    kernel.go_on(now=60.5)
    assert [taken(kernel, name) for name in ("out", "windows", "ticks")] == [["a"], [1], []]
    kernel.advance(61)
    assert taken(kernel, "ticks") == [0]


@LEVELS
@pytest.mark.parametrize("again", [False, True])
def test_branches_done_are_not_run_again_and_later_ones_run_when_it_goes_on(luck, level, again):
    middle = [nodes.transform("t", function=tried, **STOP), nodes.transform("u", function=tried)]
    edges = [("s", "first"), ("s", "t", "out"), ("s", "u", "last"), edge("s", "chosen", when=lambda data: data > 0)]
    kernel = kernel_of(*middle, edges=edges, sinks=("first", "out", "last", "chosen"), level=level)
    luck += [False]
    kernel.push("s", [1, 2], now=0)
    assert [taken(kernel, name) for name in ("first", "out", "last", "chosen")] == [[1], [], [], []]
    kernel = reloaded(kernel) if again else kernel
    luck += [True, True, False]  # its second try, its other branch; and the next packet fails
    kernel.go_on(now=0)
    assert kernel.stopped["packet"] == "s:1"
    assert [taken(kernel, name) for name in ("first", "out", "last", "chosen")] == [[2], [1], [1], [1]]
    kernel = reloaded(kernel) if again else kernel
    kernel.go_on(now=0, skip=True)
    assert kernel.stopped is None
    assert [taken(kernel, name) for name in ("first", "out", "last", "chosen")] == [[], [], [2], [2]]
    [failure] = kernel.failures()
    assert (failure.node, failure.error, failure.type, failure.data) == ("t", "bad luck", "ValueError", 2)
    assert failure.line == tried.__code__.co_firstlineno + 2
    assert kernel.metrics()["nodes"]["t"]["packets_dropped"] == {"error": 1}


def test_what_stands_in_line_keeps_its_place_where_it_stops_again(luck):
    kernel = kernel_of(
        nodes.flat_map("f", function=lambda data: [data, -data]), nodes.transform("t", function=tried, **STOP)
    )
    luck += [False]
    kernel.push("s", [1, 2], now=0)
    luck += [True, False]
    kernel.go_on(now=0)
    assert (taken(kernel), kernel.stopped["packet"]) == ([1], "s:0/f:1")
    luck += [True, False]
    kernel = reloaded(kernel)
    kernel.go_on(now=0)
    assert (taken(kernel), kernel.stopped["packet"]) == ([-1], "s:1/f:0")
    kernel.go_on(now=0)
    assert taken(kernel) == [2, -2]


@LEVELS
def test_windows_that_were_due_fire_in_their_order_when_it_goes_on(luck, level):
    first = nodes.aggregate("w", window="time", duration=10, function=lambda packets: [p.data["at"] for p in packets])
    check = nodes.transform("t", function=tried, **STOP)
    second = nodes.aggregate("all", window="time", duration=100, function=lambda packets: [p.data for p in packets])
    edges = [("s", "w", "t", "all", "out"), ("s", "seen"), ("t", "results")]
    sinks = ("out", "seen", "results")
    kernel = kernel_of(first, check, second, edges=edges, sinks=sinks, timestamp="at", level=level)
    luck += [False]
    kernel.push("s", [{"at": 1}, {"at": 15}, {"at": 250}], now=0)
    assert [taken(kernel, name) for name in sinks] == [[], [{"at": 1}], []]
    kernel = reloaded(kernel)
    luck += [True, False]
    kernel.go_on(now=0)
    assert [taken(kernel, name) for name in sinks] == [[], [{"at": 15}], [[1]]]
    kernel.go_on(now=0)
    assert [taken(kernel, name) for name in sinks] == [[[[1], [15]]], [{"at": 250}], [[15]]]


def test_a_call_that_fails_is_made_again_in_its_place(luck):
    kernel = kernel_of(nodes.transform("t", function=called, **STOP))
    kernel.push("s", ["a", "b"], now=0)
    kernel.resolve("t:0", error=ConnectionError("lost"), now=1)
    assert (kernel.stopped["node"], kernel.stopped["packet"], kernel.stopped["error"]) == ("t", "s:0", "lost")
    assert kernel.pending() == []
    kernel.resolve("t:1", "B", now=2)  # it was under way
    kernel = reloaded(kernel)
    assert taken(kernel) == []
    kernel.go_on(now=3)
    assert [call.id for call in kernel.pending()] == ["t:0"]
    kernel.resolve("t:0", error=ConnectionError("lost"), now=4)
    kernel = reloaded(kernel)
    kernel.go_on(now=5, skip=True)
    assert taken(kernel) == ["B"]
    assert [(failure.type, failure.data) for failure in kernel.failures()] == [("ConnectionError", "a")]


def test_a_condition_belongs_to_the_node_before_it(luck):
    kernel = kernel_of(
        nodes.transform("t", function=lambda data: data * 2, **STOP), edges=[("s", "t"), edge("t", "out", when=tried)]
    )
    luck += [False]
    kernel.push("s", [1], now=0)
    assert kernel.stopped["node"] == "t"
    kernel.go_on(now=0)
    assert taken(kernel) == [2]


def test_keys_and_ticks_that_fail(luck):
    kernel = kernel_of(key=tried, **STOP)
    luck += [False]
    kernel.push("s", ["a", "b"], now=0)
    assert (taken(kernel), kernel.stopped["node"]) == ([], "s")
    kernel.go_on(now=0)
    assert taken(kernel) == ["a", "b"]

    graph = Graph(
        "Ticks", [nodes.source("tick", type="timer", interval=1, function=tried, **STOP), nodes.sink("out", type="log")]
    )
    kernel = compile_graph(graph).kernel()
    kernel.advance(0)
    luck += [True, False]
    kernel.advance(5)
    assert taken(kernel) == [0]
    kernel = reloaded(kernel)
    kernel.go_on(now=6.5)
    assert [(packet.data, packet.timestamp) for packet in kernel.take("out")] == [(1, 2)]
    kernel.advance(7)
    assert taken(kernel) == [2]


def test_a_connected_error_port_comes_first(luck):
    edges = [("s", "t", "out"), ("t.error", "failed")]
    kernel = kernel_of(nodes.transform("t", function=tried, **STOP), edges=edges, sinks=("out", "failed"))
    luck += [False]
    kernel.push("s", ["a"], now=0)
    assert kernel.stopped is None
    assert [record["data"] for record in taken(kernel, "failed")] == ["a"]


def test_a_result_that_fails_is_dropped(luck):
    kernel = kernel_of(
        nodes.aggregate("w", window="count", size=2, function=lambda packets: tried(len(packets)), **STOP)
    )
    luck += [False]
    kernel.push("s", [1, 2, 3, 4], now=0)
    assert (kernel.stopped, taken(kernel)) == (None, [2])
    assert [failure.data["count"] for failure in kernel.failures()] == [2]


def test_what_a_sink_could_not_deliver_stands_in_line(luck):
    edges = [("s", "t", "out"), ("out.error", "failed")]
    kernel = kernel_of(nodes.transform("t", function=tried, **STOP), edges=edges, sinks=("out", "failed"))
    luck += [True, False]
    kernel.push("s", ["a", "b"], now=0)
    failure = {"error": "gone", "type": "Undelivered", "attempts": 1, "status": 410}
    assert kernel.sink_failed("out", "a", failure, now=1)
    assert taken(kernel, "failed") == []
    kernel.go_on(now=2)
    assert [record["data"] for record in taken(kernel, "failed")] == ["a"]


def test_rows_follow_the_line(luck):
    kernel = kernel_of(nodes.transform("t", function=tried, **STOP))
    kept = {}

    def committed(kernel):
        for *place, text in kernel.changes():
            kept[tuple(place)] = text
        fresh = type(kernel)()
        fresh.load([(*place, text) for place, text in kept.items() if text is not None])
        return fresh

    luck += [False]
    kernel.push("s", ["a", "b", "c"], now=0)
    kernel = committed(kernel)
    assert kernel.stopped["packet"] == "s:0"
    luck += [True, False]
    kernel.go_on(now=0)
    assert taken(kernel) == ["a"]
    kernel = committed(kernel)
    kernel.go_on(now=0)
    assert taken(kernel) == ["b", "c"]
    assert committed(kernel).stopped is None
    assert {place[0] for place, text in kept.items() if text is not None} == {""}


def test_what_can_not_be_kept_fails(luck):
    kernel = kernel_of(
        nodes.transform("made", function=lambda data: {"far": range(data)}),
        nodes.transform("t", function=tried, **STOP),
    )
    luck += [False]
    kernel.push("s", [1, 2], now=0)
    kernel.changes()
    assert [failure.error[:13] for failure in kernel.failures()] == ["state must be"]
    kernel.go_on(now=0, skip=True)
    assert taken(kernel) == [{"far": range(2)}]
    assert kernel.failures() == []


def test_a_stored_line_is_of_this_graph(luck):
    saved = kernel_of(nodes.transform("t", function=tried, **STOP))
    luck += [False]
    saved.push("s", ["a"], now=0)
    other = kernel_of(nodes.transform("other", function=tried, **STOP))
    with pytest.raises(StateMismatch, match=r"packets waiting at `t\.in`"):
        other.load(saved.changes())


def test_going_on_needs_a_stop():
    with pytest.raises(RuntimeError, match="not stopped"):
        kernel_of(nodes.transform("t", function=tried, **STOP)).go_on(now=0)


def test_a_delayed_packet_does_not_go_on_before_its_time(luck):
    limited = nodes.rate_limit("r", limit=1, per=1, overflow="delay")
    kernel = kernel_of(limited, nodes.transform("t", function=tried, **STOP))
    luck += [True, False]
    kernel.push("s", ["a", "b", "c"], now=0)
    kernel.advance(1)
    assert (taken(kernel), kernel.stopped["packet"]) == (["a"], "s:1")
    with pytest.raises(Stopped):
        hurry(kernel)
    kernel.go_on(now=1)
    assert taken(kernel) == ["b"]
    kernel.advance(2)
    assert taken(kernel) == ["c"]


def test_a_secret_in_the_error_is_not_told():
    from streamflow import secret

    key = secret("KEY")

    def leaking(data):
        raise ValueError(f"no such key: {key}")

    made = [
        nodes.source("s", type="manual"),
        nodes.transform("t", function=leaking, **STOP),
        nodes.sink("out", type="log"),
    ]
    kernel = compile_graph(Graph("Secret", made)).kernel(secrets={"KEY": "hush-hush"})
    kernel.push("s", [1], now=0)
    assert "hush-hush" not in json.dumps(kernel.stopped)


async def test_streams_under_test_stop_and_go_on():
    graph = Graph(
        "Sums",
        [
            nodes.source("s", type="manual"),
            nodes.transform("t", function=lambda data: data + 1),
            nodes.sink("out", type="log"),
        ],
        error_strategy="stop",
    )
    async with TestStream(graph) as stream:
        stream.fail("t", ValueError("no"), times=2)
        await stream.inject_all("s", [1, 2])
        assert stream.stopped is not None and stream.stopped["error"] == "no"
        with pytest.raises(Stopped):
            await stream.inject("s", 3)
        with pytest.raises(Stopped):
            await stream.finish()
        assert "- did not come to `out`:" in stream.explain("out", [2, 3])
        assert "ValueError: no" in stream.explain("out", [2, 3])
        await stream.resume()
        assert stream.stopped is not None
        await stream.resume(skip=True)
        assert stream.output("out") == [3]
        assert [failure.data for failure in stream.failures] == [1]
        with pytest.raises(RuntimeError, match="stopped"):
            await stream.resume()
        await stream.finish()


def test_a_replay_ends_with_what_stopped_it():
    graph = Graph(
        "Sums",
        [
            nodes.source("s", type="manual"),
            nodes.transform("t", function=lambda data: 1 / data),
            nodes.sink("out", type="log"),
        ],
        error_strategy="stop",
    )
    with pytest.raises(Stopped, match="division by zero"):
        run(graph, {"s": [1, 0, 2]})


async def asked(data):
    return data


def refuse_odd(data):
    if data % 2:
        raise ValueError(f"{data} is odd")
    return data


@LEVELS
def test_a_result_that_stops_the_graph_when_the_call_before_it_is_skipped_stands_before_what_came_later(level):
    made = [
        nodes.source("s", type="manual"),
        nodes.transform("asked", function=asked),
        nodes.transform("even", function=refuse_odd),
        nodes.sink("out", type="log"),
    ]
    kernel = compile_graph(Graph("Stops", made, error_strategy="stop"), level=level).kernel()
    kernel.push("s", [0, 1, 2], now=0)
    kernel.resolve("asked:1", 1, now=0)
    kernel.resolve("asked:0", now=0, error=ConnectionError("lost"))
    kernel.resolve("asked:2", 2, now=1)
    assert kernel.stopped["packet"] == "s:0"
    kernel.go_on(now=2, skip=True)
    assert (kernel.stopped["node"], kernel.stopped["packet"]) == ("even", "s:1/asked:0")
    assert [failure.node for failure in kernel.failures()] == ["asked"]
    assert (taken(kernel), kernel.pending()) == ([], [])
    kernel.go_on(now=3, skip=True)
    assert kernel.stopped is None
    assert [failure.data for failure in kernel.failures()] == [1]
    assert taken(kernel) == [2]


@LEVELS
def test_windows_fire_between_the_results_that_a_skipped_call_lets_go(level):
    made = [
        nodes.source("s", type="manual", timestamp=lambda data: data),
        nodes.transform("asked", function=asked),
        nodes.aggregate("sums", window="time", duration=10, function=lambda packets: sum(p.data for p in packets)),
        nodes.sink("out", type="log"),
    ]
    edges = [("s", "asked", "sums", "out"), ("asked", "out")]
    kernel = compile_graph(Graph("Stops", made, edges, error_strategy="stop"), level=level).kernel()
    kernel.push("s", [0, 1, 20], now=0)
    kernel.resolve("asked:1", 1, now=0)
    kernel.resolve("asked:2", 20, now=0)
    kernel.resolve("asked:0", now=0, error=ConnectionError("lost"))
    kernel.go_on(now=0, skip=True)
    assert [(packet.id, packet.data) for packet in kernel.take("out")] == [
        ("s:1/asked:0", 1),
        ("sums:null:0:10000:0", 1),
        ("s:2/asked:0", 20),
    ]
