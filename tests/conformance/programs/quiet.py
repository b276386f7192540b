"""Nothing that keeps the object awake."""

from streamflow import Graph, nodes

graph = Graph(
    name="Quiet",
    nodes=[nodes.source("lines", type="websocket"), nodes.sink("out", type="websocket")],
)
