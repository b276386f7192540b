"""One small flow for every kind of source, node and sink; the conformance cases use one each."""

import asyncio

from streamflow import Graph, bearer, nodes, secret

OUTSIDE = secret("OUTSIDE")
OUTSIDE_SOCKETS = secret("OUTSIDE_SOCKETS")


async def look_up(data):
    await asyncio.sleep(0.01)
    if data["id"] < 0:
        raise LookupError("no such order")
    return {**data, "name": f"order {data['id']}"}


graph = Graph(
    name='Every "day"',
    nodes=[
        # orders: in by inject, out to subscribers; what fails leaves by a port
        nodes.source("orders", type="manual"),
        nodes.transform("priced", function=lambda data: {**data, "total": data["count"] * 2.5}),
        nodes.filter("large", function=lambda data: data["total"] > 10),
        nodes.sink("live", type="websocket"),
        nodes.sink("mishaps", type="websocket"),
        nodes.sink("lines", type="log"),
        # ways in
        nodes.source(
            "hook", type="webhook", path="/hooks/shop", auth=bearer(secret("HOOK_TOKEN")), metadata=["x-shop"]
        ),
        nodes.transform("stamped", function=lambda data, packet: {**data, "shop": packet.metadata["x-shop"]}),
        nodes.source("open-hook", type="webhook", auth="none", cors=["https://shop.example.com"]),
        nodes.sink("hooked", type="websocket"),
        nodes.source("clients", type="websocket"),
        nodes.sink("heard", type="websocket"),
        nodes.source("tills", type="websocket", metadata=["x-shop", "country"]),
        nodes.source(
            "feed",
            type="websocket",
            url=f"{OUTSIDE_SOCKETS}/feed",
            auth=bearer(secret("FEED_TOKEN")),
            subscribe={"channel": "prices"},
        ),
        nodes.sink("fed", type="websocket"),
        nodes.source("poll", type="http", url=f"{OUTSIDE}/poll", interval=0.3, items="list"),
        nodes.sink("polled", type="websocket"),
        nodes.source("tick", type="timer", interval=0.5, function=lambda tick: {"tick": tick}),
        nodes.sink("ticks", type="websocket"),
        # ways out
        nodes.source("calls", type="manual"),
        nodes.sink("called", type="http", url=f"{OUTSIDE}/called", auth=bearer(secret("CALL_TOKEN")), timeout=1),
        nodes.sink(
            "limited",
            type="http",
            url=f"{OUTSIDE}/limited",
            retry_policy={"max_retries": 1, "initial_delay": "100ms", "jitter": 0},
            ordered=True,
        ),
        nodes.sink("given-up", type="websocket"),
        nodes.sink("collected", type="http", url=f"{OUTSIDE}/collected", batch={"size": 3, "delay": 0.5}),
        nodes.sink("told", type="websocket", url=f"{OUTSIDE_SOCKETS}/told"),
        nodes.source("books", type="manual"),
        nodes.sink(
            "shelf", type="database", table="shelf", mode="upsert", key="isbn", columns=["isbn", "title", "tags"]
        ),
        nodes.sink("journal", type="database", table="journal"),
        # what takes time
        nodes.source("questions", type="manual"),
        nodes.transform("answered", function=look_up),
        nodes.sink("answers", type="websocket"),
        nodes.source("readings", type="manual"),
        nodes.aggregate(
            "per-half-second",
            key="sensor",
            window="time",
            duration=0.5,
            function=lambda packets, window: {"sensor": window.key, "count": len(packets)},
        ),
        nodes.sink("counts", type="websocket"),
        nodes.source("points", type="manual"),
        nodes.aggregate("pairs", window="count", size=2, function=lambda packets: [p.data["n"] for p in packets]),
        nodes.sink("paired", type="websocket"),
    ],
    edges=[
        ("orders", "priced", "large", "live"),
        ("priced", "lines"),
        ("priced.error", "mishaps"),
        ("hook", "stamped", "hooked"),
        ("tills", "stamped"),
        ("open-hook", "hooked"),
        ("clients", "heard"),
        ("feed", "fed"),
        ("poll", "polled"),
        ("tick", "ticks"),
        ("calls", "called"),
        ("calls", "collected"),
        ("calls", "told"),
        ("calls", "limited"),
        ("limited.error", "given-up"),
        ("books", "shelf"),
        ("books", "journal"),
        ("questions", "answered", "answers"),
        ("answered.error", "mishaps"),
        ("readings", "per-half-second", "counts"),
        ("points", "pairs", "paired"),
    ],
    taps=["priced"],
)
