"""What uses the platform's own stores."""

from streamflow import Graph, nodes

graph = Graph(
    name="Bound",
    nodes=[
        nodes.source("prices", type="manual"),
        nodes.sink("newest", type="kv", binding="PRICES", key=lambda data: f"price/{data['symbol']}", ttl="1h"),
        nodes.sink("points", type="analytics", binding="TRADES", index="symbol", blobs=["symbol"], doubles=["price"]),
    ],
    edges=[("prices", "newest"), ("prices", "points")],
)
