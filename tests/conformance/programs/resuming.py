"""Sources that go on where they were: the next connection and the next poll start behind the last packet."""

from streamflow import Graph, nodes, secret

OUTSIDE = secret("OUTSIDE")


def subscription(last):
    return ("hello", {"after": None if last is None else last.data["n"]})


graph = Graph(
    name="Resuming",
    nodes=[
        nodes.source("feed", type="websocket", url=f"{secret('OUTSIDE_SOCKETS')}/feed", subscribe=subscription),
        nodes.sink("fed", type="endpoint", keep=10),
        nodes.source(
            "pages",
            type="http",
            url=lambda last: f"{OUTSIDE}/pages/{0 if last is None else last.data['next']}",
            interval="100ms",
            items="page",
        ),
        nodes.sink("read", type="endpoint", keep=4),
    ],
    edges=[("feed", "fed"), ("pages", "read")],
)
