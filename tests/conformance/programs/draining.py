"""Whatever can still be inside when the input ends: calls, packets that wait for the clock, open windows, batches."""

import asyncio

from streamflow import Graph, nodes, secret

OUTSIDE = secret("OUTSIDE")


async def look_up(data):
    await asyncio.sleep(0.05)
    return {**data, "known": True}


graph = Graph(
    name="Draining",
    nodes=[
        nodes.source("orders", type="manual", timestamp="at"),
        nodes.transform("known", function=look_up),
        nodes.aggregate("hourly", window="time", duration="1h", function=lambda packets: {"orders": len(packets)}),
        nodes.sink("totals", type="http", url=f"{OUTSIDE}/totals", batch={"size": 100, "delay": "1h"}),
        nodes.source("jobs", type="manual"),
        nodes.rate_limit("slow", limit=1, per="1h", overflow="delay"),
        nodes.sink("done", type="database", table="done", columns=["n"], batch={"size": 100, "delay": "1h"}),
        nodes.source("tick", type="timer", interval="200ms"),
        nodes.sink("ticks", type="database", table="ticks", columns=["n"]),
    ],
    edges=[("orders", "known", "hourly", "totals"), ("jobs", "slow", "done"), ("tick", "ticks")],
)
