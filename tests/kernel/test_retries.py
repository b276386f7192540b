"""The strategy `retry`: what waits, for how long, in which order, and what becomes of it. Luck is told beforehand."""

import json
import random

import pytest

from streamflow import Graph, agg, compile_graph, edge, nodes
from streamflow.testing import run
from streamflow_runtime.hurrying import hurry

RETRY = {"error_strategy": "retry", "retry_policy": {"jitter": 0}}


def tried(data):
    if random.random() < 0.5:
        raise ValueError("bad luck")
    return data


async def called(data):
    return tried(data)


def kernel_of(*middle, level=2, edges=None, **source):
    made = [nodes.source("s", type="manual", **source), *middle, nodes.sink("out", type="log")]
    return compile_graph(Graph("Retries", made, edges), level=level).kernel()


def taken(kernel, name="out"):
    return [packet.data for packet in kernel.take(name)]


@pytest.mark.parametrize("level", [0, 1, 2])
def test_later_packets_of_the_key_wait_behind_the_one_that_failed(luck, level):
    kernel = kernel_of(nodes.transform("t", function=tried, **RETRY), key=lambda data: data % 2, level=level)
    luck += [False, True]
    kernel.push("s", [1, 2, 3], now=0)
    assert taken(kernel) == [2]
    assert kernel.metrics()["nodes"]["out"]["packets_processed"] == 1
    luck += [False, True, True]
    kernel.advance(1)
    assert taken(kernel) == []
    kernel.push("s", [5], now=2)
    kernel.advance(2.999)
    assert taken(kernel) == []
    kernel.advance(3)
    assert taken(kernel) == [1, 3, 5]
    assert kernel.failures() == []


def test_without_a_key_everything_waits(luck):
    kernel = kernel_of(nodes.filter("f", function=lambda data: tried(data), **RETRY))
    luck += [False]
    kernel.push("s", [1, 2], now=0)
    kernel.push("s", [3], now=0.5)
    assert taken(kernel) == []
    kernel.advance(1)
    assert taken(kernel) == [1, 2, 3]
    metrics = kernel.metrics()["nodes"]["f"]
    assert (metrics["packets_processed"], metrics["packets_rejected"]) == (3, 0)


def test_what_waits_is_not_counted_as_rejected(luck):
    kernel = kernel_of(nodes.filter("f", function=lambda data: tried(data), **RETRY))
    luck += [False]
    kernel.push("s", [1], now=0)
    assert kernel.metrics()["nodes"]["f"]["packets_rejected"] == 0


def test_retries_run_out(luck):
    policy = {"max_retries": 2, "initial_delay": 2, "backoff_multiplier": 5, "max_delay": "8s", "jitter": 0}
    kernel = kernel_of(nodes.transform("t", function=tried, error_strategy="retry", retry_policy=policy))
    luck += [False] * 3
    kernel.push("s", [1, 2], now=0)
    assert kernel.next_deadline() == 2
    kernel.advance(2)
    assert kernel.next_deadline() == 10
    kernel.advance(10)
    [failure] = kernel.failures()
    assert (failure.node, failure.data, failure.error, failure.attempts) == ("t", 1, "bad luck", 3)
    assert taken(kernel) == [2]
    assert kernel.metrics()["nodes"]["t"]["packets_dropped"] == {"error": 1}


def test_a_call_that_fails_for_good_tells_how_often_it_was_made():
    policy = {"max_retries": 2, "initial_delay": 1, "jitter": 0}

    def program():
        return kernel_of(nodes.transform("t", function=called, error_strategy="retry", retry_policy=policy))

    kernel = program()
    kernel.push("s", [1, 2], now=0)
    for moment in (0, 1, 3):
        kernel.resolve("t:0", now=moment, error=ConnectionError("lost"))
        failures = kernel.failures()
        saved, kernel = json.loads(json.dumps(kernel.snapshot())), program()
        kernel.restore(saved)
    assert [(failure.data, failure.attempts) for failure in failures] == [(1, 3)]
    kernel.resolve("t:1", 20, now=3)
    assert taken(kernel) == [20]


def test_the_graph_says_it_for_all_and_a_node_for_itself(luck):
    graph = Graph(
        "Retries",
        [
            nodes.source("s", type="manual"),
            nodes.transform("a", function=tried, retry_policy={"initial_delay": 4}),
            nodes.transform("b", function=tried, error_strategy="continue"),
            nodes.sink("out", type="log"),
        ],
        error_strategy="retry",
        retry_policy={"jitter": 0, "initial_delay": 2},
    )
    kernel = compile_graph(graph).kernel()
    luck += [False]
    kernel.push("s", [1], now=0)
    assert kernel.next_deadline() == 4
    luck += [True, False]
    kernel.advance(4)
    assert [failure.node for failure in kernel.failures()] == ["b"]


def test_a_connected_error_port_comes_first(luck):
    made = nodes.transform("t", function=tried, **RETRY)
    kernel = kernel_of(made, edges=[("s", "t", "out"), ("t.error", "out")])
    luck += [False]
    kernel.push("s", [1], now=0)
    assert [data["error"] for data in taken(kernel)] == ["bad luck"]
    assert kernel.next_deadline() is None


def test_other_branches_are_not_held_up(luck):
    kernel = kernel_of(nodes.transform("t", function=tried, **RETRY), edges=[("s", "t", "out"), ("s", "out")])
    luck += [False]
    kernel.push("s", [1, 2], now=0)
    assert taken(kernel) == [1, 2]
    kernel.advance(1)
    assert taken(kernel) == [1, 2]


def test_a_packet_that_waits_is_not_late(luck):
    summed = nodes.aggregate("w", window="time", duration=10, aggregates={"n": agg.sum("n")})
    made = nodes.transform("t", function=tried, **RETRY)
    kernel = kernel_of(made, summed, timestamp="at", key="k")
    luck += [False]
    kernel.push("s", [{"k": "a", "n": 1, "at": 1}, {"k": "b", "n": 2, "at": 50}], now=0)
    assert taken(kernel) == []
    kernel.advance(1)
    assert taken(kernel) == [{"n": 1}]


def test_a_key_that_fails_waits_in_front_of_the_windows(luck):
    summed = nodes.aggregate(
        "w", window="time", duration=10, key=lambda data: tried(data)["k"], aggregates={"n": agg.sum("n")}, **RETRY
    )
    kernel = kernel_of(summed, timestamp="at")
    luck += [False]
    kernel.push("s", [{"k": "a", "n": 1, "at": 1}, {"k": "a", "n": 2, "at": 50}], now=0)
    kernel.advance(1)
    assert taken(kernel) == [{"n": 1}]


def test_state_is_as_before_the_failure(luck):
    def counted(state, data):
        state["n"] += 1
        tried(data)
        return state, state["n"]

    kernel = kernel_of(nodes.stateful_map("m", function=counted, initial={"n": 0}, **RETRY))
    luck += [False, False]
    kernel.push("s", ["x", "y"], now=0)
    kernel.advance(10)
    assert taken(kernel) == [1, 2]


def test_a_condition_is_tried_again_without_its_node(luck):
    made = nodes.transform("t", function=lambda data: data + tried(0), **RETRY)
    kernel = kernel_of(made, edges=[("s", "t"), edge("t", "out", when=lambda data: tried(data) == data)])
    luck += [True, False]
    kernel.push("s", [1], now=0)
    assert taken(kernel) == []
    luck += [True, False]  # one draw for the condition; the node would take the second
    kernel.advance(1)
    assert taken(kernel) == [1]
    assert luck == [False]


def test_a_call_is_made_again_and_the_order_stays(luck):
    kernel = kernel_of(nodes.transform("t", function=called, **RETRY))
    kernel.push("s", [1, 2], now=0)
    kernel.resolve("t:0", now=0, error=ConnectionError("lost"))
    assert [call.id for call in kernel.pending()] == ["t:1"]
    kernel.resolve("t:1", 20, now=0)
    assert taken(kernel) == []
    kernel.advance(1)
    assert [call.id for call in kernel.pending()] == ["t:0"]
    kernel.resolve("t:0", 10, now=1)
    assert taken(kernel) == [10, 20]


def test_a_tick_is_tried_again_and_keeps_its_number(luck):
    timer = nodes.source("s", type="timer", interval=0.5, function=lambda tick: tried(tick), **RETRY)
    kernel = compile_graph(Graph("Ticks", [timer, nodes.sink("out", type="log")])).kernel()
    kernel.advance(0)
    luck += [False]
    kernel.advance(1.499)
    assert taken(kernel) == []
    kernel.advance(1.5)
    packets = kernel.take("out")
    assert [(packet.data, packet.id, packet.timestamp) for packet in packets] == [
        (0, "s:0", 0.5), (1, "s:1", 1.0), (2, "s:2", 1.5),
    ]  # fmt: skip


def test_jitter_comes_from_the_id_and_makes_it_earlier(luck):
    kernel = kernel_of(nodes.transform("t", function=tried, error_strategy="retry"), key=lambda data: data)
    luck += [False] * 3
    kernel.push("s", [1, 2, 3], now=0)
    deadlines = []
    while (deadline := kernel.next_deadline()) is not None:
        deadlines.append(deadline)
        kernel.advance(deadline)
    assert len(set(deadlines)) == 3
    assert all(0.9 <= deadline <= 1 for deadline in deadlines)


def test_what_waits_is_state(luck):
    def program():
        return kernel_of(nodes.transform("t", function=tried, **RETRY), key=lambda data: data % 2)

    kernel = program()
    luck += [False]
    kernel.push("s", [1, 2, 3, 4], now=0)
    rows = kernel.changes()
    saved = json.loads(json.dumps(kernel.snapshot()))
    loaded, restored = program(), program()
    loaded.load(rows)
    restored.restore(saved)
    for other in (loaded, restored):
        other.advance(1)
        assert taken(other) == [1, 3]
    assert all(text is None for node, _, _, _, text in loaded.changes() if node == "t retries")


def test_a_value_that_cannot_be_kept_fails(luck):
    kernel = kernel_of(nodes.transform("t", function=tried, **RETRY))
    luck += [False]
    kernel.push("s", [object(), 2], now=0)
    kernel.changes()
    assert [failure.type for failure in kernel.failures()] == ["TypeError"]
    kernel.advance(0)
    assert taken(kernel) == [2]


def test_the_end_of_input_waits_for_it(luck):
    kernel = kernel_of(nodes.transform("t", function=tried, **RETRY))
    luck += [False]
    kernel.push("s", [1], now=0)
    with pytest.raises(RuntimeError, match="pending"):
        kernel.finish()
    assert hurry(kernel)
    assert not hurry(kernel)
    kernel.finish()
    assert taken(kernel) == [1]


def test_a_replay_moves_over_the_waiting_times(luck):
    made = [nodes.source("s", type="manual"), nodes.transform("t", function=tried, **RETRY)]
    made += [nodes.transform("u", function=called, **RETRY), nodes.sink("out", type="log")]
    luck += [False, False, True, True, False]
    outputs = run(Graph("Replay", made), {"s": [1, 2]})
    assert [packet.data for packet in outputs["out"]] == [1, 2]


def test_a_late_packet_that_waits_takes_no_watermark_back():
    def halved(data):
        return {"half": 6 / data["n"]}

    graph = Graph(
        name="Two clocks",
        nodes=[
            nodes.source("timed", type="manual", timestamp="at"),
            nodes.source("clocked", type="manual"),
            nodes.transform("half", function=halved, error_strategy="retry", retry_policy={"initial_delay": 100}),
            nodes.filter("any", function=lambda data: True),
            nodes.aggregate("count", window="time", duration=10, aggregates={"n": agg.count()}),
            nodes.sink("out", type="log"),
        ],
        edges=[("timed", "half", "any", "count", "out"), ("clocked", "count")],
    )
    kernel = compile_graph(graph).kernel()
    kernel.push("clocked", [{}], now=2.0)
    kernel.push("timed", [{"at": 13.0, "n": 2}, {"at": 8.0, "n": 0}], now=3.0)
    kernel = restored(graph, kernel)
    kernel.advance(now=10.0)
    assert [packet.data for packet in kernel.take("out")] == [{"n": 1}]


def test_nothing_expires_on_the_way_to_the_end_of_input():
    def risky(data):
        return {"n": 6 / data["n"]}

    graph = Graph(
        name="Expiring",
        nodes=[
            nodes.source("events", type="manual"),
            nodes.transform("risky", function=risky, error_strategy="retry", retry_policy={"jitter": 0}),
            nodes.stateful_map("seen", function=lambda seen, data: (seen + 1, seen + 1), initial=0, ttl=2),
            nodes.sink("out", type="log"),
        ],
        edges=[("events", "risky", "seen", "out")],
    )
    outputs = run(graph, {"events": [{"n": 1}, {"n": 0}, {"n": 2}]})
    assert [packet.data for packet in outputs["out"]] == [1, 2]


def restored(graph, kernel):
    other = compile_graph(graph).kernel()
    other.restore(json.loads(json.dumps(kernel.snapshot())))
    return other


@pytest.mark.parametrize("level", [0, 1, 2])
def test_a_tick_that_is_invalid_when_its_function_succeeds_has_the_time_of_the_tick(luck, level):
    def tick(number):
        if random.random() < 0.5:
            raise ValueError("bad luck")
        return number

    policy = {"max_retries": 1, "initial_delay": 1, "jitter": 0}
    source = nodes.source("s", type="timer", interval=10, function=tick, schema={"type": "object"}, retry_policy=policy)
    out = nodes.sink("out", type="log")
    graph = Graph("Ticks", [source, out], [("s.invalid", "out"), ("s", "out")], error_strategy="retry")
    kernel = compile_graph(graph, level=level).kernel()
    kernel.advance(5)
    luck[:] = [False]
    kernel.advance(15)
    assert [(packet.timestamp, packet.id) for packet in kernel.take("out")] == [(10.0, "s:0")]
    kernel.push("s", [7], now=15, timestamp=12)
    assert [(packet.timestamp, packet.id) for packet in kernel.take("out")] == [(12.0, "s:1")]
