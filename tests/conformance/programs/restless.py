"""Alarms at every moment: what is due next often is due already."""

from streamflow import Graph, nodes

graph = Graph(
    name="restless",
    nodes=[
        nodes.source("tick", type="timer", interval="3ms", catch_up=True),
        nodes.source("tock", type="timer", interval="2ms", catch_up=True),
        nodes.aggregate("count", window="count", size=100, function=len),
        nodes.sink("out", type="log"),
    ],
    edges=[("tick", "count"), ("tock", "count"), ("count", "out")],
)
