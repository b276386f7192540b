"""Taps: what leaves a node in the midst of the graph is seen, and packets are put in there."""

import json

import pytest

from streamflow import Graph, compile_graph, nodes


def counting(taps, **options):
    return Graph(
        "Counting",
        nodes=[
            nodes.source("numbers", type="manual", timestamp="at"),
            nodes.filter("large", function=lambda data: data["n"] > 1),
            nodes.transform("double", function=lambda data: {**data, "n": data["n"] * 2}),
            nodes.aggregate("pairs", window="count", size=2, function=lambda packets: [p.data["n"] for p in packets]),
            nodes.sink("out", type="log"),
        ],
        taps=taps,
        **options,
    )


@pytest.mark.parametrize("level", [0, 1, 2])
def test_a_packet_enters_a_tap_with_the_present_time_and_an_id_of_its_own(level):
    kernel = compile_graph(counting(["double"]), level).kernel()
    kernel.push("numbers", [{"n": 2, "at": 100}], now=7)
    kernel.push("double", [{"n": 1}, {"n": 5}], now=8, metadata={"ip": "::1"})
    assert [(p.data["n"], p.id, p.timestamp, p.source) for p in kernel.take("double")] == [
        (4, "numbers:0/double:0", 100, "numbers"),
        (2, "double:0/double:0", 8, "double"),
        (10, "double:1/double:0", 8, "double"),
    ]
    assert [packet.data for packet in kernel.take("out")] == [[2, 4]]
    assert kernel.sources["numbers"].watermark == 100_000


@pytest.mark.parametrize("level", [0, 1, 2])
def test_figures_count_what_was_put_in_at_the_node_alone(level):
    kernel = compile_graph(counting(["double"]), level).kernel()
    kernel.push("numbers", [{"n": 0, "at": 1}, {"n": 2, "at": 1}], now=1)
    kernel.push_json("double", b'[{"n": 1}, {}]', now=1)
    metrics = kernel.metrics()
    assert metrics["packets_processed"] == 2
    processed = {name: figures["packets_processed"] for name, figures in metrics["nodes"].items()}
    assert processed == {"numbers": 2, "large": 2, "double": 3, "pairs": 2, "out": 1}
    assert metrics["nodes"]["double"]["packets_dropped"] == {"error": 1}


def test_the_count_of_a_tap_is_state():
    program = compile_graph(counting(["double"]))
    kernel, fresh = program.kernel(), program.kernel()
    kernel.push("double", [{"n": 1}], now=1)
    fresh.restore(json.loads(json.dumps(kernel.snapshot())))
    fresh.push("double", [{"n": 1}], now=1)
    assert [packet.id for packet in fresh.take("double")] == ["double:1/double:0"]


def test_state_goes_on_with_other_taps():
    kernel = compile_graph(counting(["large"])).kernel()
    kernel.push("numbers", [{"n": 3, "at": 1}], now=1)
    other = compile_graph(counting(["double", "pairs"])).kernel()
    other.restore(kernel.snapshot())
    other.push("pairs", [{"n": 1}], now=2)
    assert [packet.data for packet in other.take("out")] == [[6, 1]]
    assert [packet.data for packet in other.take("pairs")] == [[6, 1]]


def test_a_join_has_an_entrance_a_side():
    graph = Graph(
        "Joined",
        nodes=[
            nodes.source("a", type="manual"),
            nodes.source("b", type="manual"),
            nodes.join("both", key="id", within="1m"),
            nodes.sink("out", type="log"),
        ],
        edges=[("a", "both.left"), ("b", "both.right"), ("both", "out")],
        taps=["both"],
    )
    kernel = compile_graph(graph).kernel()
    kernel.push("both.left", [{"id": 1}], now=1)
    kernel.push("both.right", [{"id": 1}], now=1)
    assert [packet.data for packet in kernel.take("out")] == [{"left": {"id": 1}, "right": {"id": 1}}]
    assert kernel.admitted == {"both": 2, "a": 0, "b": 0}
    with pytest.raises(KeyError):
        kernel.push("both", [{"id": 1}], now=1)


@pytest.mark.parametrize("level", [0, 1, 2])
def test_what_can_not_be_copied_is_not_seen_and_goes_on(level):
    graph = Graph(
        "Odd",
        nodes=[
            nodes.source("numbers", type="manual"),
            nodes.transform("odd", function=lambda data: {"made": (part for part in data)}),
            nodes.transform("listed", function=lambda data: list(data["made"])),
            nodes.sink("out", type="log"),
        ],
        taps=["odd"],
    )
    kernel = compile_graph(graph, level).kernel()
    kernel.push("numbers", [[1, 2]], now=1)
    assert (kernel.take("odd"), [packet.data for packet in kernel.take("out")]) == ([], [[1, 2]])


def test_a_sink_and_a_source_as_taps():
    kernel = compile_graph(counting(["out", "numbers", "numbers"])).kernel()
    assert kernel.outputs == ("out", "numbers")
    kernel.push("numbers", [{"n": 0, "at": 1}], now=1)
    assert [packet.data for packet in kernel.take("numbers")] == [{"n": 0, "at": 1}]
