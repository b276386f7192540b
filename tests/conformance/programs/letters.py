"""Nodes and sinks that fail until the world around them is better."""

from streamflow import Graph, fetch, nodes, secret

OUTSIDE = secret("OUTSIDE")


async def priced(data):
    answer = await fetch(f"{OUTSIDE}/prices/{data['sku']}")
    return {**data, **await answer.json()}


graph = Graph(
    name="Letters",
    nodes=[
        nodes.source("orders", type="manual"),
        nodes.transform("numbered", function=lambda data: {**data, "n": data["n"] + 1}),
        nodes.transform("priced", function=priced),
        nodes.sink("book", type="database", table="book", columns=["sku", "n", "price"]),
        nodes.source("calls", type="manual", key="to"),
        nodes.sink(
            "called",
            type="http",
            url=f"{OUTSIDE}/called",
            retry_policy={"max_retries": 0, "initial_delay": "100ms"},
        ),
        nodes.sink("rated", type="http", url=f"{OUTSIDE}/rated", batch={"size": 2, "delay": "1h"}),
        nodes.source("points", type="manual"),
        nodes.transform("doubled", function=lambda data: {**data, "n": data["n"] * 2}),
        nodes.filter("small", function=lambda data: 100 / data["n"] > 1),
        nodes.aggregate(
            "pairs",
            window="count",
            size=2,
            function=lambda packets: [1 / (p.data["n"] - 40 * ("spoil" in p.data)) for p in packets],
        ),
        nodes.sink("paired", type="database", table="paired"),
        nodes.source("ordered", type="manual"),
        nodes.source("paid", type="manual"),
        nodes.join("matched", key=lambda data: data.get("order") or data["paid"], within="1m"),
        nodes.sink("matches", type="log"),
    ],
    edges=[
        ("orders", "numbered", "priced", "book"),
        ("calls", "called"),
        ("calls", "rated"),
        ("ordered", "matched.left"),
        ("paid", "matched.right"),
        ("matched", "matches"),
        ("points", "doubled", "small", "pairs", "paired"),
    ],
)
