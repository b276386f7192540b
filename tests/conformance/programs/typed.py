"""Read by msgspec: one source whose records are asked for as a whole only when they fail, one that passes them on."""

from streamflow import Graph, nodes

graph = Graph(
    name="Typed",
    nodes=[
        nodes.source("orders", type="webhook", timestamp="at"),
        nodes.transform("euros", function=lambda data: {**data, "amount": data["amount"] / 100}),
        nodes.filter("large", function=lambda data: data["amount"] > 1),
        nodes.aggregate(
            "totals",
            window="count",
            size=3,
            function=lambda packets: {"total": sum(packet.data["amount"] for packet in packets)},
        ),
        nodes.sink("sums", type="websocket"),
        nodes.sink("failed", type="websocket"),
        nodes.source("notes", type="webhook"),
        nodes.sink("kept", type="websocket"),
    ],
    edges=[
        ("orders", "euros", "large", "totals", "sums"),
        ("orders.invalid", "failed"),
        ("euros.error", "failed"),
        ("notes", "kept"),
    ],
    decoder="msgspec",
)
