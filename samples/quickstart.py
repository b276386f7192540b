"""Hourly totals of large transactions, sent to a webhook."""

from streamflow import Graph, nodes

graph = Graph(
    name="Transaction Processor",
    nodes=[
        nodes.source("webhook", type="websocket", url="wss://api.example.com/transactions"),
        nodes.transform("normalize", function=lambda data: {**data, "amount": data["amount"] / 100}),
        nodes.filter("large-only", function=lambda data: data["amount"] > 100),
        nodes.aggregate(
            "hourly-summary",
            window="time",
            duration=3600,
            function=lambda packets: {
                "total": sum(p.data["amount"] for p in packets),
                "count": len(packets),
            },
        ),
        nodes.sink("alerts", type="http", url="https://alerts.example.com/webhook"),
    ],
    edges=[
        ("webhook", "normalize"),
        ("normalize", "large-only"),
        ("large-only", "hourly-summary"),
        ("hourly-summary", "alerts"),
    ],
)
