"""The figures of a graph in process: processed, dropped by reason, rejected, latencies. Worked out by hand."""

import pytest

from streamflow import Graph, agg, edge, nodes
from streamflow.testing import TestStream


async def looked_up(data):
    return {**data, "found": {1: "one"}[data["id"]]}


def all_kinds():
    return Graph(
        "Kinds",
        nodes=[
            nodes.source("orders", type="manual", timestamp="at", dedupe_key="id"),
            nodes.source("payments", type="manual", timestamp="at"),
            nodes.validate("known", schema={"type": "object", "required": ["id", "n"]}),
            nodes.filter("positive", function=lambda data: data["n"] > 0),
            nodes.transform("halved", function=lambda data: {**data, "n": 1 / (data["n"] - 1)}),
            nodes.flat_map("twice", function=lambda data: [data, data]),
            nodes.dedupe("once", key="id", within="1h"),
            nodes.enrich("country", lookup={"SE": "Sweden"}, key=lambda data: data.get("code"), into="country"),
            nodes.route("kind", cases={"small": lambda data: data["id"] < 3, "large": lambda data: data["id"] < 5}),
            nodes.transform("asked", function=looked_up),
            nodes.aggregate("hourly", window="time", duration="1h", aggregates={"n": agg.count()}),
            nodes.join("paid", key="id", within="1m"),
            nodes.rate_limit("slowed", limit=1, per="1h"),
            nodes.sample("second", every=2),
            nodes.stateful_map("total", initial=0, function=lambda total, data: (total + 1, total + 1)),
            nodes.sink("out", type="log"),
            nodes.sink("errors", type="log"),
        ],
        edges=[
            ("orders", "known", "positive", "halved", "twice", "once", "country", "kind.small", "asked", "out"),
            ("kind.large", "slowed", "second", "total", "out"),
            ("orders", "hourly", "out"),
            edge("once", "paid.left", when=lambda data: data["id"] != 3),
            ("payments", "paid.right"),
            ("paid", "out"),
            ("asked.error", "errors"),
        ],
    )


ORDERS = [
    {"id": 1, "n": 2, "at": 10, "code": "SE"},
    {"id": 1, "n": 2, "at": 11},  # a duplicate
    {"id": 2, "n": 2, "at": 12, "code": "SE"},  # nothing is found
    {"id": 3, "n": 2, "at": 13, "code": "SE"},  # large, the first: within the limit
    {"id": 4, "n": 2, "at": 14, "code": "SE"},  # large, over the limit
    {"id": 5, "n": 2, "at": 15, "code": "SE"},  # no route
    {"id": 6, "n": 2, "at": 16, "code": "XX"},  # missing
    {"id": 7, "n": 1, "at": 17},  # halved fails
    {"id": 8, "n": 0, "at": 18},  # rejected
    {"id": 9, "at": 19},  # does not fit the schema
    {"id": 10, "n": 0, "at": "x"},  # no timestamp
    {"id": 11, "n": 0, "at": 4000},  # rejected; the first hour closes
    {"id": 12, "n": 0, "at": 20},  # rejected; late for its hour
]


@pytest.mark.parametrize("level", [0, 1, 2])
async def test_every_kind_of_node(level):
    async with TestStream(all_kinds(), level=level) as stream:
        for order in ORDERS:
            await stream.inject("orders", order)
        for number in (1, 3):
            await stream.inject("payments", {"id": number, "at": 10 + number})
        metrics = stream.metrics
    seen = {
        name: (node["packets_processed"], node["packets_dropped"], node["packets_rejected"])
        for name, node in metrics["nodes"].items()
    }
    assert seen == {
        "orders": (13, {"invalid": 1}, 1),
        "payments": (2, {}, 0),
        "known": (11, {"invalid": 1}, 0),
        "positive": (10, {}, 3),
        "halved": (7, {"error": 1}, 0),
        "twice": (6, {}, 0),
        "once": (12, {}, 6),
        "country": (6, {"missing": 1}, 0),
        "kind": (5, {"no route": 1}, 0),
        "asked": (2, {}, 0),
        "hourly": (11, {"late": 1}, 0),
        "paid": (7, {}, 0),
        "slowed": (2, {"limited": 1}, 0),
        "second": (1, {}, 0),
        "total": (1, {}, 0),
        "out": (4, {}, 0),
        "errors": (1, {}, 0),
    }
    assert metrics["packets_processed"] == 15
    assert metrics["packets_dropped"] == 7


async def test_latencies_are_of_sources_and_sinks():
    graph = Graph(
        "Latencies",
        nodes=[
            nodes.source("orders", type="manual"),
            nodes.filter("positive", function=lambda data: data > 0),
            nodes.sink("out", type="custom", function=lambda data: None),
        ],
    )
    async with graph:
        for number in range(-5, 15):
            await graph.inject("orders", number)
        await graph.stop(drain=True)
        metrics = graph.get_metrics()
    assert (metrics.packets_processed, metrics.packets_dropped) == (20, 0)
    assert metrics.nodes["positive"].packets_rejected == 6
    assert set(metrics.percentiles) == {"p50", "p95", "p99"}
    for node in (metrics, metrics.nodes["orders"], metrics.nodes["out"]):
        assert 0 < node.percentiles["p50"] <= node.percentiles["p95"] <= node.percentiles["p99"] < 60
        assert 0 < node.average_latency < 60
    assert metrics.nodes["positive"].average_latency is None
    assert metrics.nodes["positive"].percentiles == {}
