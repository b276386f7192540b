"""The programs of W5 to W13: out of order, as JSON, wide, long, of many keys. DEMANDING names the graph of each."""

from typing import Literal

from streamflow import Graph, agg, nodes
from streamflow.dsl.node import Node

Decoder = Literal["json", "msgspec"]

sessions = Graph(
    name="Visits",
    nodes=[
        nodes.source("clicks", type="manual", timestamp="timestamp", out_of_orderness=10),
        nodes.aggregate(
            "visits",
            window="session",
            gap=30,
            key="user",
            aggregates={"clicks": agg.count(), "spent": agg.sum("price"), "dearest": agg.max("price")},
        ),
        nodes.sink("visited", type="log"),
    ],
    edges=[("clicks", "visits", "visited")],
)


def turnover(decoder: Decoder) -> Graph:
    """What paid orders come to, a shop and minute."""
    return Graph(
        name="Turnover",
        nodes=[
            nodes.source("orders", type="manual", timestamp="timestamp"),
            nodes.filter("paid", function=lambda data: data["status"] == "paid"),
            nodes.aggregate(
                "per-minute",
                window="time",
                duration="1m",
                key="shop",
                aggregates={"total": agg.sum("amount"), "count": agg.count()},
            ),
            nodes.sink("turnover", type="log"),
        ],
        edges=[("orders", "paid", "per-minute", "turnover")],
        decoder=decoder,
    )


def wide(decoder: Decoder) -> Graph:
    """The loads of plants, a minute."""
    return Graph(
        name="Loads",
        nodes=[
            nodes.source("plants", type="manual", timestamp="timestamp"),
            nodes.transform("kilowatts", function=lambda data: {**data, "load": data["load"] * 0.25}),
            nodes.filter("running", function=lambda data: data["load"] > 5),
            nodes.aggregate(
                "per-minute",
                window="time",
                duration="1m",
                key="plant",
                aggregates={"mean": agg.mean("load"), "peak": agg.max("load")},
            ),
            nodes.sink("loads", type="log"),
        ],
        edges=[("plants", "kilowatts", "running", "per-minute", "loads")],
        decoder=decoder,
    )


def stage(number: int, gain: float, offset: float) -> list[Node]:
    """Twelve nodes that scale a board's value and add it to the board's figures."""
    return [
        nodes.transform(f"scaled-{number}", function=lambda data: {**data, "value": data["value"] * gain}),
        nodes.transform(f"shifted-{number}", function=lambda data: {**data, "value": data["value"] + offset}),
        nodes.filter(f"plausible-{number}", function=lambda data: data["value"] > -80),
        nodes.transform(f"fahrenheit-{number}", function=lambda data: {**data, "heat": data["value"] * 1.8 + 32}),
        nodes.transform(f"square-{number}", function=lambda data: {**data, "square": data["heat"] * data["heat"]}),
        nodes.transform(f"excess-{number}", function=lambda data: {**data, "excess": data["heat"] - 70}),
        nodes.filter(f"bearable-{number}", function=lambda data: data["excess"] < 600),
        nodes.transform(f"total-{number}", function=lambda data: {**data, "total": data["total"] + data["heat"]}),
        nodes.transform(f"power-{number}", function=lambda data: {**data, "power": data["power"] + data["square"]}),
        nodes.transform(
            f"peak-{number}",
            function=lambda data: {**data, "peak": data["heat"] if data["heat"] > data["peak"] else data["peak"]},
        ),
        nodes.transform(
            f"drift-{number}", function=lambda data: {**data, "drift": data["drift"] * 0.5 + data["excess"]}
        ),
        nodes.transform(f"known-{number}", function=lambda data: {**data, "known": data["known"] + 1}),
    ]


STAGES = [(1.02, -0.5), (0.97, 1.5), (1.05, -2.0), (0.99, 0.25), (1.01, 3.0), (0.95, -1.0), (1.03, 0.75), (1.0, -3.5)]


def hundred_nodes() -> Graph:
    """Eight stages in a row, 96 nodes; the start, the window and both ends make 100."""
    made = [
        nodes.source("boards", type="manual"),
        nodes.transform(
            "fresh",
            function=lambda data: {**data, "total": 0.0, "power": 0.0, "peak": -1000.0, "drift": 0.0, "known": 0},
        ),
        *(node for number, (gain, offset) in enumerate(STAGES) for node in stage(number, gain, offset)),
        nodes.aggregate(
            "hundreds",
            window="count",
            size=100,
            function=lambda packets: {
                "total": sum(p.data["total"] for p in packets),
                "power": sum(p.data["power"] for p in packets) / len(packets),
                "peak": max(p.data["peak"] for p in packets),
                "drift": sum(p.data["drift"] for p in packets),
                "known": sum(p.data["known"] for p in packets),
            },
        ),
        nodes.sink("summaries", type="log"),
    ]
    return Graph(name="Boards", nodes=made, edges=[tuple(node.name for node in made)])


many_keys = Graph(
    name="Totals by Account",
    nodes=[
        nodes.source("payments", type="manual", timestamp="timestamp"),
        nodes.aggregate(
            "hourly",
            window="time",
            duration="1h",
            key="account",
            aggregates={"total": agg.sum("amount"), "count": agg.count()},
        ),
        nodes.sink("totals", type="log"),
    ],
    edges=[("payments", "hourly", "totals")],
    limits={"keys": 2_000_000},
)


DEMANDING = {
    "W5": sessions,
    "W6": turnover("json"),
    "W7": turnover("msgspec"),
    "W8": turnover("json"),
    "W9": turnover("msgspec"),
    "W10": wide("json"),
    "W11": wide("msgspec"),
    "W12": hundred_nodes(),
    "W13": many_keys,
}
