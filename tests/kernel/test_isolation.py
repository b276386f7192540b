"""No branch sees another's changes, and what nobody changes is never copied: the copies are counted."""

import sys
from copy import deepcopy

import pytest

from streamflow import Graph, agg, compile_graph, edge, nodes
from streamflow_runtime import isolation


def chain(*middle, taps=()):
    return Graph(
        "Chain",
        nodes=[nodes.source("in", type="manual"), *middle, nodes.sink("out", type="log")],
        taps=taps,
    )


def branches(*middle, edges):
    ends = [nodes.sink("one", type="log"), nodes.sink("two", type="log")]
    return Graph("Branches", nodes=[nodes.source("in", type="manual"), *middle, *ends], edges=edges)


def marked(name):
    """A transform that changes what it gets, deep inside."""

    def mark(data):
        data["tags"].append("changed")
        data["seen"] = True
        return data

    return nodes.transform(name, function=mark)


def kept(name):
    return nodes.aggregate(name, window="count", size=2, function=lambda packets: [p.data["tags"] for p in packets])


VALUE = {"n": 1, "tags": ["a"]}
PASSED = nodes.filter("passed", function=lambda data: data["n"] > 0)
RENAMED = nodes.transform("renamed", function=lambda data: {"m": data["n"], "tags": data["tags"]})
SPREAD = nodes.transform("spread", function=lambda data: {**data, "m": 1})
TOTALS = nodes.aggregate("totals", window="count", size=1, aggregates={"n": agg.sum("n")})

WITHOUT_COPIES = {
    "a chain that makes new records": chain(PASSED, RENAMED),
    "a chain that spreads what it gets": chain(PASSED, SPREAD),
    "a window that only reads": chain(RENAMED, kept("kept")),
    "figures of a window": chain(SPREAD, TOTALS),
    "a branch that lets nothing through": branches(
        nodes.filter("never", function=lambda data: False),
        edges=[("in", "never", "one")],
    ),
    "numbers made on each branch": branches(
        nodes.transform("left", function=lambda data: {"n": data["n"] + 1}),
        nodes.transform("right", function=lambda data: {"n": data["n"] - 1}),
        edges=[("in", "left", "one"), ("in", "right", "two")],
    ),
    "a branch for each packet": branches(
        nodes.route("kind", cases={"small": lambda data: data["n"] < 10}, default="large"),
        edges=[("in", "kind.small", "one"), ("kind.large", "two")],
    ),
    "what a filter rejects": branches(
        nodes.filter("large", function=lambda data: data["n"] > 10),
        edges=[("in", "large", "one"), ("large.rejected", "two")],
    ),
}


COPIES = {
    # A node that fails leaves no trace: who may change what it gets, gets a copy.
    "a chain that changes its own": (chain(marked("mark"), PASSED), 1),
    "two that change": (chain(marked("mark"), marked("again")), 2),
    "two sinks": (branches(edges=[("in", "one"), ("in", "two")]), 2),
    "a sink beside a filter": (branches(PASSED, edges=[("in", "one"), ("in", "passed", "two")]), 2),
    "a branch that changes, beside one that reads": (
        branches(marked("mark"), RENAMED, edges=[("in", "mark", "one"), ("in", "renamed", "two")]),
        2,  # for the one that changes; and its tags, which the other's record holds
    ),
    "a branch that makes numbers, beside a sink": (
        branches(
            nodes.transform("number", function=lambda data: data["n"] + 1),
            edges=[("in", "number", "one"), ("in", "two")],
        ),
        1,
    ),
    "a tap": (chain(SPREAD, taps=["spread"]), 1),
    "a tap in front of one that changes": (chain(SPREAD, marked("mark"), taps=["spread"]), 2),
    "an edge with a condition": (
        branches(
            SPREAD,
            edges=[("in", "spread"), edge("spread", "one", when=lambda data: data["n"] > 5), ("spread", "two")],
        ),
        1,
    ),
}


@pytest.fixture
def copies(monkeypatch):
    """The values that are copied from here on, by anybody."""
    made, inside = [], []
    copy_of = isolation.copy_of

    def counting(value):
        if not inside:
            made.append(value)
        inside.append(value)
        try:
            return copy_of(value)
        finally:
            inside.pop()

    for name, module in list(sys.modules.items()):
        if name.startswith("streamflow_runtime") and getattr(module, "copy_of", None) is copy_of:
            monkeypatch.setattr(module, "copy_of", counting)
    return made


@pytest.mark.parametrize("level", [0, 1, 2])
@pytest.mark.parametrize("name", WITHOUT_COPIES)
def test_where_nobody_changes_anything_nothing_is_copied(name, level, copies):
    run(WITHOUT_COPIES[name], level)
    assert copies == []


@pytest.mark.parametrize("level", [0, 1, 2])
@pytest.mark.parametrize("name", COPIES)
def test_so_many_copies_are_made_of_a_packet_and_no_more(name, level, copies):
    graph, number = COPIES[name]
    run(graph, level)
    assert len(copies) == 4 * number


def run(graph, level, values=(VALUE,) * 4):
    kernel = compile_graph(graph, level).kernel()
    kernel.push("in", deepcopy(list(values)), now=1)
    kernel.finish()
    return kernel


def outputs(kernel, *names):
    return [[packet.data for packet in kernel.take(name)] for name in names]


CHANGED = {"n": 1, "tags": ["a", "changed"], "seen": True}
SHARED = nodes.transform("shared", function=lambda data: {**data, "more": data["tags"]})


@pytest.mark.parametrize("level", [0, 1, 2])
@pytest.mark.parametrize("order", [1, -1])
def test_branches_that_change_what_they_get(level, order):
    edges = [("in", "mark", "one"), ("in", "two")][::order]
    kernel = run(branches(marked("mark"), edges=edges), level, [VALUE])
    assert outputs(kernel, "one", "two") == [[CHANGED], [VALUE]]
    edges = [("in", "mark", "one"), ("in", "again", "two")][::order]
    kernel = run(branches(marked("mark"), marked("again"), edges=edges), level, [VALUE])
    assert outputs(kernel, "one", "two") == [[CHANGED], [CHANGED]]


@pytest.mark.parametrize("level", [0, 1, 2])
def test_a_nested_value_that_two_records_share(level):
    """`{**data}` makes another record that holds the same list. A copy has a list for each place."""
    graph = branches(SHARED, marked("mark"), edges=[("in", "shared", "mark", "one"), ("shared", "two"), ("in", "two")])
    kernel = run(graph, level, [VALUE])
    assert outputs(kernel, "one", "two") == [[{**CHANGED, "more": ["a"]}], [{**VALUE, "more": ["a"]}, VALUE]]


@pytest.mark.parametrize("level", [0, 1, 2])
def test_windows_keep_packets_as_they_came(level):
    graph = branches(kept("kept"), marked("mark"), edges=[("in", "kept", "one"), ("in", "mark", "two")])
    kernel = run(graph, level, [VALUE, VALUE])
    assert outputs(kernel, "one", "two") == [[[["a"], ["a"]]], [CHANGED, CHANGED]]


@pytest.mark.parametrize("level", [0, 1, 2])
def test_a_window_whose_function_changes_packets(level):
    def spoilt(packets):
        for packet in packets:
            packet.data["tags"].append("spoilt")
            packet.metadata.clear()
        return [packet.data["tags"] for packet in packets]

    graph = branches(
        nodes.aggregate("spoilt", window="count", size=2, function=spoilt),
        kept("kept"),
        edges=[("in", "spoilt", "one"), ("in", "kept", "two")],
    )
    kernel = run(graph, level, [VALUE, VALUE])
    assert outputs(kernel, "one", "two") == [[[["a", "spoilt"]] * 2], [[["a"]] * 2]]


@pytest.mark.parametrize("level", [0, 1, 2])
def test_whoever_takes_outputs_may_change_them(level):
    """What was taken from one sink is neither the other's nor that of a window that is still open."""
    graph = branches(
        kept("kept"), SPREAD, edges=[("in", "one"), ("in", "kept", "two"), ("in", "spread", "one"), ("spread", "two")]
    )
    kernel = compile_graph(graph, level).kernel()
    kernel.push("in", [deepcopy(VALUE)], now=1, metadata={"ip": ["::1"]})
    for packet in kernel.take("one"):
        packet.data["tags"].append("taken")
        packet.metadata["ip"] = "gone"
    [spread] = kernel.take("two")
    assert (spread.data, spread.metadata) == ({**VALUE, "m": 1}, {"ip": ["::1"]})
    kernel.push("in", [deepcopy(VALUE)], now=1)
    assert outputs(kernel, "two") == [[[["a"], ["a"]], {**VALUE, "m": 1}]]


@pytest.mark.parametrize("level", [0, 1, 2])
def test_constants_of_the_program_stay_as_they_are(level):
    default = {"n": 0, "tags": []}
    graph = branches(
        nodes.transform("filled", function=lambda data: default if data is None else data),
        marked("mark"),
        edges=[("in", "filled", "mark", "one"), ("filled", "two")],
    )
    kernel = compile_graph(graph, level).kernel()
    for _ in range(2):
        kernel.push("in", [None], now=1)
        [one], [two] = outputs(kernel, "one", "two")
        assert (one, two) == ({"n": 0, "tags": ["changed"], "seen": True}, {"n": 0, "tags": []})
        two["tags"].append("taken")


async def test_custom_sinks_and_subscribers_get_values_of_their_own():
    collected = []

    def spoiling(packet):
        packet.data["tags"].append("spoilt")
        collected.append(("subscriber", packet.data["tags"]))

    graph = Graph(
        "Served",
        nodes=[
            nodes.source("in", type="manual"),
            nodes.sink("spoils", type="custom", function=spoil),
            nodes.sink("out", type="custom", function=lambda data: None),
        ],
        edges=[("in", "spoils"), ("in", "out")],
    )
    async with graph:
        for name in ("spoils", "out", "out"):
            graph.subscribe(name, spoiling)
        value = deepcopy(VALUE)
        await graph.inject("in", value)
    assert value == VALUE
    assert collected == [("subscriber", ["a", "spoilt"])] * 3


def spoil(data):
    data["tags"].append("sink")
