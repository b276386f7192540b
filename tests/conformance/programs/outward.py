"""What talks to the outside in ways of its own: signatures."""

from streamflow import Graph, nodes, secret, signed

KEY = signed(secret("SIGNING_KEY"), "standard")

graph = Graph(
    name="Outward",
    nodes=[
        nodes.source("signed-hook", type="webhook", auth=KEY),
        nodes.sink("signed-in", type="websocket"),
        nodes.source("calls", type="manual"),
        nodes.sink("signed-out", type="http", url=f"{secret('OUTSIDE')}/signed", auth=KEY),
    ],
    edges=[
        ("signed-hook", "signed-in"),
        ("calls", "signed-out"),
    ],
)
