"""What talks to the outside in ways of its own: signatures, endpoints, kept outputs, event streams."""

from streamflow import Graph, bearer, nodes, secret, signed

KEY = signed(secret("SIGNING_KEY"), "standard")

graph = Graph(
    name="Outward",
    nodes=[
        nodes.source("signed-hook", type="webhook", auth=KEY),
        nodes.sink("signed-in", type="websocket"),
        nodes.source("calls", type="manual"),
        nodes.sink("signed-out", type="http", url=f"{secret('OUTSIDE')}/signed", auth=KEY),
        nodes.source("prices", type="manual"),
        nodes.sink("latest", type="endpoint", key=lambda data: data["symbol"].lower()),
        nodes.sink("last", type="endpoint", keep=2, format="ndjson", auth="none", cors=["https://shop.example.com"]),
        nodes.sink("gauges", type="endpoint", key=("symbol", "market"), format="prometheus"),
        nodes.sink("ticker", type="websocket", key="symbol"),
        nodes.source("events", type="sse", url=f"{secret('OUTSIDE')}/events", auth=bearer(secret("FEED_TOKEN"))),
        nodes.sink("streamed", type="websocket", keep=1000),
    ],
    edges=[
        ("signed-hook", "signed-in"),
        ("calls", "signed-out"),
        ("events", "streamed"),
        *[("prices", sink) for sink in ("latest", "last", "gauges", "ticker")],
    ],
)
