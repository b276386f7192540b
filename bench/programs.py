"""The programs as a user would write them, those of W1 to W4 here; PROGRAMS names the graph of each workload."""

from bench.demanding_programs import DEMANDING
from streamflow import Graph, agg, nodes

quick_start = Graph(
    name="Transaction Processor",
    nodes=[
        nodes.source(
            "webhook",
            type="websocket",
            url="wss://api.example.com/transactions",
            timestamp="timestamp",
            out_of_orderness=0,
        ),
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

chain = Graph(
    name="Comfort Scores",
    nodes=[
        nodes.source("readings", type="manual"),
        nodes.transform("celsius", function=lambda data: {**data, "temperature": (data["temperature"] - 32) / 1.8}),
        nodes.transform("kilopascal", function=lambda data: {**data, "pressure": data["pressure"] / 1000}),
        nodes.transform(
            "dew", function=lambda data: {**data, "dew": data["temperature"] - (100 - data["humidity"]) / 5}
        ),
        nodes.filter("plausible", function=lambda data: data["humidity"] < 95),
        nodes.transform("heat", function=lambda data: {**data, "heat": data["temperature"] + data["humidity"] * 0.1}),
        nodes.transform("load", function=lambda data: {**data, "load": data["heat"] + data["pressure"]}),
        nodes.filter("healthy", function=lambda data: data["status"] == "ok"),
        nodes.transform("excess", function=lambda data: {**data, "excess": data["heat"] - data["dew"]}),
        nodes.filter("charged", function=lambda data: data["battery"] > 30),
        nodes.transform("score", function=lambda data: {**data, "score": data["load"] + data["excess"] * 0.25}),
        nodes.aggregate(
            "hundreds",
            window="count",
            size=100,
            function=lambda packets: {
                "mean": sum(p.data["score"] for p in packets) / len(packets),
                "max": max(p.data["score"] for p in packets),
            },
        ),
        nodes.sink("scores", type="log"),
    ],
    edges=[
        (
            "readings",
            "celsius",
            "kilopascal",
            "dew",
            "plausible",
            "heat",
            "load",
            "healthy",
            "excess",
            "charged",
            "score",
            "hundreds",
            "scores",
        ),
    ],
)


def calibrate(data):
    data["value"] = data["value"] * 1.1 + 2
    return data


fan_out = Graph(
    name="Three Views",
    nodes=[
        nodes.source("sensors", type="manual", timestamp="timestamp", out_of_orderness=0),
        nodes.aggregate(
            "per-minute",
            window="time",
            duration="1m",
            key="sensor",
            aggregates={"total": agg.sum("value"), "count": agg.count()},
        ),
        nodes.transform("calibrate", function=calibrate),
        nodes.aggregate(
            "per-five-minutes",
            window="time",
            duration="5m",
            key="sensor",
            function=lambda packets: {
                "low": min(p.data["value"] for p in packets),
                "high": max(p.data["value"] for p in packets),
            },
        ),
        nodes.filter("heavy", function=lambda data: data["weight"] > 2),
        nodes.transform(
            "weigh", function=lambda data: {"sensor": data["sensor"], "load": data["value"] * data["weight"]}
        ),
        nodes.aggregate(
            "per-two-minutes",
            window="time",
            duration="2m",
            key="sensor",
            aggregates={"mean": agg.mean("load")},
        ),
        nodes.sink("minutes", type="log"),
        nodes.sink("extremes", type="log"),
        nodes.sink("weighted", type="log"),
    ],
    edges=[
        ("sensors", "per-minute", "minutes"),
        ("sensors", "calibrate", "per-five-minutes", "extremes"),
        ("sensors", "heavy", "weigh", "per-two-minutes", "weighted"),
    ],
)

sliding = Graph(
    name="Sliding Minute",
    nodes=[
        nodes.source("sensors", type="manual", timestamp="timestamp", out_of_orderness=0),
        nodes.aggregate(
            "last-minute",
            window="time",
            duration=60,
            slide=5,
            key="sensor",
            aggregates={
                "sum": agg.sum("value"),
                "count": agg.count(),
                "min": agg.min("value"),
                "max": agg.max("value"),
            },
        ),
        nodes.sink("sliding", type="log"),
    ],
    edges=[("sensors", "last-minute", "sliding")],
)


PROGRAMS = {"W1": quick_start, "W2": chain, "W3": fan_out, "W4": sliding, **DEMANDING}
