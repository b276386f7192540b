"""The graph object in process: the contract's own example, taps, errors, state."""

import asyncio

import pytest

from streamflow import CompileError, Graph, nodes


def counting(name="Counting"):
    return Graph(
        name,
        nodes=[
            nodes.source("numbers", type="manual"),
            nodes.transform("halved", function=lambda data: {"n": 10 / data["n"]}),
            nodes.aggregate("pairs", window="count", size=2, function=lambda packets: [p.data["n"] for p in packets]),
            nodes.sink("out", type="custom", function=lambda data: None),
        ],
    )


async def test_inject_returns_after_subscribers():
    graph, seen = counting(), []
    await graph.start()
    stop = graph.subscribe("out", lambda packet: seen.append(packet.data))
    value = {"n": 5}
    await graph.inject("numbers", value)
    await graph.inject("numbers", {"n": 2})
    assert seen == [[2.0, 5.0]]
    assert value == {"n": 5}
    stop()
    await graph.inject("numbers", {"n": 5})
    await graph.inject("numbers", {"n": 5})
    assert len(seen) == 1
    metrics = graph.get_metrics()
    assert (metrics.packets_processed, metrics.packets_dropped, metrics.nodes["out"].packets_processed) == (4, 0, 2)
    await graph.stop()


async def test_a_node_becomes_a_tap_and_state_goes_on():
    graph, seen, results = counting(), [], []
    async with graph:
        graph.subscribe("out", lambda packet: results.append(packet.data))
        await graph.inject("numbers", {"n": 5})
        graph.subscribe("halved", lambda packet: seen.append((packet.data, packet.id)))
        await graph.inject("numbers", {"n": 2})
    assert seen == [({"n": 5.0}, "numbers:1/halved:0")]
    assert results == [[2.0, 5.0]]


async def test_packets_are_put_in_at_a_node_and_state_goes_on():
    graph, results = counting(), []
    async with graph:
        graph.subscribe("out", lambda packet: results.append(packet.data))
        await graph.inject("numbers", {"n": 5})
        await graph.inject("pairs", {"n": 7}, timestamp=1.5)
        assert graph.get_metrics().nodes["pairs"].packets_processed == 2
        assert graph.get_metrics().packets_processed == 1
        with pytest.raises(KeyError, match="no source 'out'"):
            await graph.inject("out", {"n": 1})
    assert results == [[7, 2.0]]


async def test_errors_name_node_line_and_data():
    graph, events = counting(), []
    async with graph:
        graph.on("error", events.append)
        await graph.inject("numbers", {"n": 0})
    [event] = events
    assert (event.node, event.type, event.data) == ("halved", "ZeroDivisionError", {"n": 0})
    assert event.line == counting.__code__.co_firstlineno + 5
    assert graph.get_metrics().packets_dropped == 1


async def test_state_goes_to_another_graph():
    first, second, results = counting(), counting(), []
    async with first:
        await first.inject("numbers", {"n": 5})
        state = first.get_state()
    async with second:
        second.subscribe("out", lambda packet: results.append(packet.data))
        second.restore(state)
        await second.inject("numbers", {"n": 2})
        with pytest.raises(ValueError, match="state"):
            second.restore({"kernel": {}})
    assert results == [[2.0, 5.0]]


async def test_unknown_names():
    async with counting() as graph:
        with pytest.raises(KeyError):
            await graph.inject("nmbers", 1)
        with pytest.raises(KeyError):
            graph.subscribe("nowhere", print)


async def test_a_timer_ticks_in_process():
    graph = Graph("Ticking", [nodes.source("tick", type="timer", interval="20ms"), nodes.sink("out", type="log")])
    seen = []
    graph.subscribe("out", lambda packet: seen.append(packet.data))
    async with graph:
        for _ in range(200):
            await asyncio.sleep(0.01)
            if len(seen) >= 3:
                break
    assert seen[:3] == [0, 1, 2]


def test_a_graph_with_problems_does_not_start():
    with pytest.raises(CompileError, match="SF"):
        asyncio.run(Graph("Bad", [nodes.sink("out", type="log")], [("in", "out")]).start())


def strange(kind):
    """Values that a function may return by mistake: no JSON, and hard to copy or to show."""
    value = []
    if kind == "deep":
        for _ in range(3000):
            value = [value]
    if kind == "endless":
        value.append(value)
    return {"deep": value, "endless": value, "digits": 10**5000, "lazy": (x for x in value)}.get(kind, kind)


@pytest.mark.parametrize("kind", ["deep", "endless", "digits", "lazy"])
async def test_a_value_that_is_no_json_costs_nobody_a_batch(kind, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    graph = Graph(
        "strange",
        nodes=[
            nodes.source("in", type="manual"),
            nodes.transform("made", function=lambda data: {"value": strange(data)}),
            nodes.sink("log", type="log"),
            nodes.sink("hook", type="http", url="http://127.0.0.1:9/"),
            nodes.sink("rows", type="database", table="rows", columns=["value"]),
            nodes.sink("live", type="websocket"),
            nodes.aggregate("kept", window="count", size=3, function=len),
            nodes.sink("counted", type="log"),
        ],
        edges=[("in", "made", "kept", "counted"), *[("made", sink) for sink in ("log", "hook", "rows", "live")]],
    )
    seen = []
    async with graph:
        graph.subscribe("live", lambda packet: seen.append(packet.data))
        await graph.inject("in", "before")
        await graph.inject("in", kind)
        await graph.inject("in", "after")
    assert seen[0] == {"value": "before"}
    assert seen[-1] == {"value": "after"}
    assert graph.get_metrics().nodes["in"].packets_processed == 3
