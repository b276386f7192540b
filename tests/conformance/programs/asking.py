"""What asks the outside: functions that fetch."""

from streamflow import Graph, fetch, nodes, secret

OUTSIDE = secret("OUTSIDE")


async def priced(data):
    response = await fetch(f"{OUTSIDE}/prices/{data['sku']}", headers={"x-asked-by": "priced"})
    return {**data, "price": (await response.json())["price"], "type": response.headers["Content-Type"]}


async def told(data):
    await fetch(f"{OUTSIDE}/told-by-function", method="POST", json=data)


graph = Graph(
    name="Asking",
    nodes=[
        nodes.source("orders", type="manual"),
        nodes.transform("priced", function=priced, concurrency=4, timeout="500ms"),
        nodes.sink("out", type="websocket", keep=100),
        nodes.sink("teller", type="custom", function=told),
        nodes.sink("failed", type="websocket", keep=100),
    ],
    edges=[("orders", "priced", "out"), ("priced", "teller"), ("priced.error", "failed")],
)
