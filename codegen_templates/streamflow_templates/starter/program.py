"""Sales by country: a webhook takes orders, every minute's totals go to whoever subscribes.

streamflow check program.py
streamflow test program.py
streamflow run program.py --input events.ndjson
streamflow dev program.py
"""

from streamflow import Graph, example, nodes


def to_sale(data):
    """One order becomes one sale, in whole units. A function that returns None emits nothing."""
    return {"country": data["country"], "amount": data["cents"] / 100}


def totals(packets, window):
    """All sales of one country in one minute. The second parameter is optional: key and bounds of the window."""
    return {
        "country": window.key,
        "minute": window.start,
        "total": round(sum(packet.data["amount"] for packet in packets), 2),
        "orders": len(packets),
    }


graph = Graph(
    name="Sales",
    nodes=[
        # POST /hooks/orders. Event time is the order's own `time`; orders may come up to five seconds out of order.
        nodes.source("orders", type="webhook", timestamp="time", out_of_orderness="5s", idle_timeout="1m"),
        nodes.transform("sale", function=to_sale),
        nodes.filter("worth-counting", function=lambda data: data["amount"] >= 1),
        # One window a minute and country. It closes when the orders' time has passed its end.
        nodes.aggregate("per-minute", window="time", duration="1m", key="country", function=totals),
        # Clients listen at GET /subscribe/live, by WebSocket or Server-Sent Events.
        nodes.sink("live", type="websocket"),
        # What failed, with the line that raised. To send it on:
        # nodes.sink("alerts", type="http", url="https://alerts.example.com", auth=bearer(secret("ALERTS_KEY")))
        nodes.sink("problems", type="log"),
    ],
    edges=[
        ("orders", "sale", "worth-counting", "per-minute", "live"),
        ("orders.invalid", "problems"),
        ("sale.error", "problems"),
        ("per-minute.late", "problems"),
    ],
    # `streamflow test program.py` runs them, and shows the paths of packets where something else comes out.
    examples=[
        example(
            "orders of a minute are added up by country",
            given={
                "orders": [
                    {"time": 0, "country": "PT", "cents": 1000},
                    {"time": 10, "country": "SE", "cents": 250},
                    {"time": 59.9, "country": "PT", "cents": 1000},
                ]
            },
            expect={
                "live": [
                    {"country": "PT", "minute": 0.0, "total": 20.0, "orders": 2},
                    {"country": "SE", "minute": 0.0, "total": 2.5, "orders": 1},
                ]
            },
        ),
        example(
            "small change does not count",
            given={"orders": [{"time": 0, "country": "PT", "cents": 99}]},
            expect={"live": [], "problems": []},
        ),
    ],
)
