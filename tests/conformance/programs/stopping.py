"""A graph that stops where a packet fails."""

from streamflow import Graph, nodes


def check(data):
    """Orders that are bad fail."""
    if data.get("bad"):
        raise ValueError("never")
    return data


graph = Graph(
    name="Stopping",
    nodes=[
        nodes.source("orders", type="manual"),
        nodes.source("clients", type="websocket"),
        nodes.transform("check", function=check),
        nodes.sink("good", type="endpoint", keep=100),
        nodes.sink("all", type="endpoint", keep=100),
    ],
    edges=[("orders", "check", "good"), ("clients", "check"), ("orders", "all")],
    error_strategy="stop",
)
