"""Five programs in the style that the language is made for; each is a function that makes a graph.

`streamflow run samples/gallery.py:orders --input ...` names one of the graphs at the end.
"""

from typing import TypedDict

from streamflow import Graph, agg, bearer, edge, fetch, nodes, secret, signed


def anomaly_detector(amount: float, frequency: int, alert_url: str) -> Graph:
    """Closures over a factory's arguments become constants of the compiled program."""
    return Graph(
        name="Anomaly detector",
        nodes=[
            nodes.source("transactions", type="webhook", auth=bearer(secret("INTAKE_TOKEN")), dedupe_key="id"),
            nodes.filter("large", function=lambda data: data["amount"] > amount),
            nodes.transform("large-alert", function=lambda data: {"kind": "amount", **data}),
            nodes.aggregate(
                "per-minute",
                key="account",
                window="time",
                duration="1m",
                early=1,
                aggregates={"count": agg.count(), "total": agg.sum("amount")},
            ),
            nodes.filter("frequent", function=lambda data: data["count"] == frequency + 1),
            nodes.transform("frequent-alert", function=lambda data: {"kind": "frequency", **data}),
            nodes.sink("alerts", type="http", url=alert_url, auth=signed(secret("ALERT_KEY"), "standard")),
        ],
        edges=[
            ("transactions", "large", "large-alert", "alerts"),
            ("transactions", "per-minute", "frequent", "frequent-alert", "alerts"),
        ],
        error_strategy="retry",
        retry_policy={"max_retries": 3, "backoff_multiplier": 2, "initial_delay": 1.0},
    )


def sensors(names: list[str], window: float) -> Graph:
    """A summary of each sensor and device, scraped as Prometheus gauges; what cannot be used is kept as rows."""
    return Graph(
        name="Sensors",
        nodes=[
            nodes.source("readings", type="websocket", timestamp="time", out_of_orderness="5s", idle_timeout="1m"),
            nodes.validate("known", schema={"type": "object", "required": ["device", "sensor", "value", "time"]}),
            nodes.filter("wanted", function=lambda data: data["sensor"] in names),
            nodes.aggregate(
                "summary",
                key=("sensor", "device"),
                window="time",
                duration=window,
                allowed_lateness="30s",
                aggregates={"mean": agg.mean("value"), "max": agg.max("value"), "p99": agg.quantile("value", 0.99)},
            ),
            nodes.sink("gauges", type="endpoint", key=("sensor", "device"), format="prometheus"),
            nodes.sink("rejects", type="database", table="rejects"),
        ],
        edges=[
            ("readings", "known", "wanted", "summary", "gauges"),
            ("known.invalid", "rejects"),
            ("readings.invalid", "rejects"),
            ("summary.late", "rejects"),
        ],
    )


class Click(TypedDict):
    user: str
    page: str
    at: float


def sessions(timeout: float) -> Graph:
    """A schema on the source lets the compiler check every field below it."""

    def summarise(packets, window):
        pages = [p.data["page"] for p in packets]
        return {
            "user": window.key,
            "seconds": window.end - window.start - timeout,
            "pages": len(pages),
            "landing": pages[0],
            "bought": any(page.startswith("/checkout") for page in pages),
        }

    return Graph(
        name="Sessions",
        nodes=[
            nodes.source(
                "clicks",
                type="webhook",
                auth="none",
                cors=["https://shop.example.com"],
                metadata=("country", "user_agent"),
                schema=Click,
                timestamp="at",
                idle_timeout="1m",
            ),
            nodes.transform("place", function=lambda data, packet: {**data, "country": packet.metadata["country"]}),
            nodes.aggregate("session", key="user", window="session", gap=timeout, function=summarise),
            nodes.sink("warehouse", type="database", binding="DB", table="sessions", mode="upsert", key="user"),
            nodes.sink("live", type="websocket"),
        ],
        edges=[("clicks", "place", "session", "warehouse"), ("session", "live")],
    )


def order_flow() -> Graph:
    """Routing, stateful mapping, asynchronous lookups with bounds, a join, errors as data."""

    async def price(data):
        response = await fetch(f"https://prices.example.com/{data['sku']}")
        return {**data, "price": (await response.json())["price"]}

    return Graph(
        name="Orders",
        nodes=[
            nodes.source("orders", type="queue", binding="ORDERS", key="order_id"),
            nodes.source("payments", type="webhook", auth="none", key="order_id"),
            nodes.route(
                "kind",
                cases={"refund": lambda data: data["total"] < 0, "large": lambda data: data["total"] > 10_000},
                default="normal",
            ),
            nodes.transform("priced", function=price, concurrency=16, timeout="2s"),
            nodes.join(
                "paid",
                key="order_id",
                within="15m",
                how="left",
                function=lambda left, right: {**left, "paid": right is not None},
            ),
            nodes.stateful_map(
                "running",
                key="customer",
                initial=0,
                ttl="30d",
                function=lambda total, data: (total + data["total"], {**data, "customer_total": total + data["total"]}),
            ),
            nodes.sink("book", type="database", table="book"),
            nodes.sink("review", type="log"),
        ],
        edges=[
            ("orders", "kind"),
            ("kind.normal", "priced"),
            edge("kind.large", "review", when=lambda data: not data.get("vip")),
            ("kind.refund", "review"),
            ("priced", "paid.left"),
            ("payments", "paid.right"),
            ("paid", "running", "book"),
            ("paid.unmatched", "review"),
            ("priced.error", "review"),
        ],
    )


def heartbeat() -> Graph:
    """Timers, polling and format conversion."""
    return Graph(
        name="Heartbeat",
        nodes=[
            nodes.source("tick", type="timer", interval="10s", function=lambda tick: {"n": tick}),
            nodes.source(
                "status", type="http", url="https://status.example.com/api.json", interval="1m", items="components"
            ),
            nodes.dedupe("changed", key=lambda data: (data["id"], data["status"]), within="1h"),
            nodes.convert("line", source_format="value", target_format="influx"),
            nodes.sink(
                "tsdb",
                type="http",
                url="https://tsdb.example.com/write",
                headers={"authorization": secret("TSDB")},
                batch={"size": 500, "delay": "1s"},
            ),
        ],
        edges=[("tick", "line"), ("status", "changed", "line"), ("line", "tsdb")],
    )


detector = anomaly_detector(amount=1000, frequency=10, alert_url="https://alerts.example.com/hook")
readings = sensors(["temperature", "humidity"], window=60)
visits = sessions(timeout=1800)
orders = order_flow()
pulse = heartbeat()
