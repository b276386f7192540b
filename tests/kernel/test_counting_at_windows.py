"""Where a loop ends at one window, what has passed the nodes before it is worked out from what has come there."""

from random import Random

import pytest

from streamflow import Graph, compile_graph, edge, nodes


def program(window, timestamp=None):
    """Every way to be turned away: filters, a transform that gives None, an edge's condition, errors at each."""
    made = [
        nodes.source("in", type="manual", **({"timestamp": timestamp} if timestamp else {})),
        nodes.filter("small", function=lambda data: data["n"] < 100),
        nodes.transform("halved", function=lambda data: None if data["n"] % 2 else {**data, "n": data["n"] // 2}),
        nodes.transform("scaled", function=lambda data: {**data, "n": data["n"] * data["by"]}),
        nodes.filter("positive", function=lambda data: data["n"] > 0),
        nodes.aggregate("window", **window, function=lambda packets: [len(packets), sum(p.data["n"] for p in packets)]),
        nodes.sink("out", type="log"),
        nodes.sink("bad", type="log"),
    ]
    edges = [
        ("in", "small", "halved"),
        edge("halved", "scaled", when=lambda data: data["n"] != 7),
        ("scaled", "positive", "window", "out"),
        *((f"{name}.error", "bad") for name in ("small", "scaled")),
    ]
    return Graph(name="counting", nodes=made, edges=edges)


TWOS = {"window": "count", "size": 2}
TENS = {"window": "time", "duration": 10}


COUNTED = ("small", "halved", "halved -> scaled", "positive")


def counts(kernel):
    return {place: kernel.counts[place] for place in COUNTED}


def test_what_has_passed_each_node_and_edge():
    kernel = compile_graph(program(TWOS)).kernel_class()
    values = [
        {"n": 200, "by": 1},  # turned away at `small`
        {"n": "text", "by": 1},  # fails there
        {"n": 3, "by": 1},  # turned away at `halved`
        {"n": 14, "by": 1},  # turned away at the edge
        {"n": 4},  # fails at `scaled`
        {"n": 4, "by": -1},  # turned away at `positive`
        {"n": 4, "by": None},  # fails at `scaled`
        {"n": 4, "by": 1},
        {"n": 6, "by": 2},
        {"n": 8, "by": 0.5},
    ]
    kernel.push("in", values, 0.0)
    assert "came_in" in compile_graph(program(TWOS)).kernel_text
    assert counts(kernel) == {"small": 8, "halved": 7, "halved -> scaled": 6, "positive": 3}
    assert [packet.data for packet in kernel.take("out")] == [[2, 8]]
    assert len(kernel.take("bad")) == 3
    kernel.push("in", values[4:8], 0.0)
    assert counts(kernel) == {"small": 12, "halved": 11, "halved -> scaled": 10, "positive": 4}


def test_packets_that_come_late_have_passed():
    kernel = compile_graph(program(TENS, "at")).kernel_class()
    kernel.push("in", [{"at": at, "n": 4, "by": 1} for at in (1, 25, 2, 26, 3)], 0.0)
    assert counts(kernel) == {"small": 5, "halved": 5, "halved -> scaled": 5, "positive": 5}
    assert kernel.left["window late"] == 2
    kernel.push("in", [{"at": 3, "n": 4, "by": 1}, {"at": 4, "n": 4}, {"at": 27, "n": 4, "by": 1}], 0.0)
    assert counts(kernel) == {"small": 8, "halved": 8, "halved -> scaled": 8, "positive": 7}


@pytest.fixture(scope="module")
def kernels():
    graphs = {"count": program(TWOS), "time": program(TENS, "at"), "arrival": program(TENS)}
    return {kind: [compile_graph(graph, level).kernel_class for level in (0, 1, 2)] for kind, graph in graphs.items()}


@pytest.mark.parametrize("kind", ["count", "time", "arrival"])
@pytest.mark.parametrize("seed", range(60))
def test_levels_count_alike(kernels, kind, seed):
    chance = Random(seed)
    batches = []
    for at in range(chance.randrange(1, 6)):
        numbers = [chance.choice([3, 4, 6, 8, 14, 200, -8, "text", None, 0.5]) for _ in range(chance.randrange(9))]
        batch = [{"n": n, "by": chance.choice([1, 1, 1, -1, 2, None]), "at": chance.randrange(40)} for n in numbers]
        batches.append(([value for value in batch if chance.random() < 0.95 or value.pop("by")], float(at * 4)))
    runs = []
    for kernel_class in kernels[kind]:
        kernel, found = kernel_class(), []
        for values, now in batches:
            kernel.push("in", [dict(value) for value in values], now)
            found.append([kernel.metrics(), counts(kernel)])
            if now % 8:
                saved, kernel = kernel.snapshot(), kernel_class()
                kernel.restore(saved)
        kernel.finish()
        runs.append([*found, kernel.metrics(), [packet.data for packet in kernel.take("out")]])
    assert runs[0] == runs[1] == runs[2]
