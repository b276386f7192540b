"""What asks the outside: functions that fetch, and lookups."""

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
        nodes.sink("out", type="websocket"),
        nodes.source("visits", type="manual"),
        nodes.enrich("rated", lookup=f"{OUTSIDE}/prices/{{key}}", key="page", into="rate", cache_ttl="1h"),
        nodes.sink("seen", type="websocket"),
        nodes.sink("teller", type="custom", function=told),
        nodes.sink("failed", type="websocket"),
    ],
    edges=[
        ("orders", "priced", "out"),
        ("priced", "teller"),
        ("priced.error", "failed"),
        ("visits", "rated", "seen"),
        ("rated.missing", "failed"),
        ("rated.error", "failed"),
    ],
)
