"""Every entry goes out once, and so does the sum of every ten: what is lost or counted twice shows."""

from streamflow import Graph, nodes, secret

graph = Graph(
    name="Ledger",
    nodes=[
        nodes.source("entries", type="manual"),
        nodes.transform("signed", function=lambda data: {"id": data["id"], "amount": data["amount"] * data["sign"]}),
        nodes.sink("entry", type="http", url=f"{secret('OUTSIDE')}/entry"),
        nodes.aggregate(
            "tens", window="count", size=10, function=lambda packets: sum(p.data["amount"] for p in packets)
        ),
        nodes.sink("sum", type="http", url=f"{secret('OUTSIDE')}/sum"),
    ],
    edges=[("entries", "signed", "entry"), ("signed", "tens", "sum")],
)
