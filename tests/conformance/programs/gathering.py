"""Sinks that write with the commit, each a batch at a time."""

from streamflow import Graph, nodes

BATCH = {"size": 3, "delay": "1h"}

graph = Graph(
    name="Gathering",
    nodes=[
        nodes.source("readings", type="manual"),
        nodes.sink("lines", type="log", batch=BATCH),
        nodes.sink("board", type="endpoint", key="sensor", batch=BATCH),
        nodes.sink("live", type="websocket", batch=BATCH),
        nodes.sink("rows", type="database", table="readings", columns=["sensor", "celsius"], batch=BATCH),
        nodes.source("alarms", type="manual"),
        nodes.sink("bell", type="websocket", batch={"size": 100, "delay": "300ms"}),
    ],
    edges=[*[("readings", sink) for sink in ("lines", "board", "live", "rows")], ("alarms", "bell")],
)
