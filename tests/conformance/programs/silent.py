"""A feed that says nothing: its connection is taken for lost, and opened again."""

from streamflow import Graph, nodes, secret

graph = Graph(
    name="Silent",
    nodes=[
        nodes.source(
            "feed",
            type="websocket",
            url=f"{secret('OUTSIDE_SOCKETS')}/feed",
            subscribe="hello",
            heartbeat="300ms",
            reconnect="50ms",
        ),
        nodes.sink("out", type="endpoint", keep=10),
    ],
)
