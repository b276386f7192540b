"""Graphs for payments."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from streamflow.dsl import agg, nodes
from streamflow.dsl.auth import Auth, Signed
from streamflow.dsl.durations import Duration
from streamflow.dsl.edge import EdgeLike
from streamflow.dsl.node import Node
from streamflow.dsl.secrets import Secret
from streamflow.host.graph import Graph
from streamflow.templates.options import chosen, event_time, number

THRESHOLDS = ("amount", "frequency")


def create_anomaly_detector(
    thresholds: Mapping[str, float],
    alert_url: str | Secret,
    *,
    name: str = "Anomaly Detector",
    amount: str = "amount",
    account: str = "account",
    timestamp: str | None = None,
    out_of_orderness: Duration = 0,
    idle_timeout: Duration = "1m",
    alert_auth: Auth | Signed | None = None,
) -> Graph:
    """Tells `alert_url` of transactions over `thresholds["amount"]`, and of accounts with too many of them a minute.

    Too many are more than `thresholds["frequency"]`; that is told once an account and minute, by the transaction that
    makes it so. Either threshold may be left out. `amount`, `account` and `timestamp` are fields of a transaction;
    without `timestamp` it is of the moment when it arrives. After `idle_timeout` of silence the clock ends the minutes.
    """
    wanted = chosen("thresholds", thresholds, THRESHOLDS)
    edges: list[EdgeLike] = []
    checks: list[Node] = []
    if "amount" in wanted:
        checks += _too_large(amount, number("amount", thresholds["amount"]))
        edges.append(("transactions", "large", "amount-anomalies", "alerts"))
    if "frequency" in wanted:
        checks += _too_many(account, number("frequency", thresholds["frequency"]))
        edges.append(("transactions", "a-minute", "one-too-many", "frequency-anomalies", "alerts"))
    source = nodes.source("transactions", type="webhook", **event_time(timestamp, out_of_orderness, idle_timeout))
    alerts = nodes.sink("alerts", type="http", url=alert_url, auth=alert_auth)
    return Graph(name, [source, *checks, alerts], edges)


def _too_large(amount: str, threshold: float) -> list[Node]:
    """An alert for every transaction over the threshold."""

    def anomaly(data: Any) -> Any:
        return {"anomaly": "amount", "threshold": threshold, "transaction": data}

    return [
        nodes.filter("large", function=lambda data: data[amount] > threshold),
        nodes.transform("amount-anomalies", function=anomaly),
    ]


def _too_many(account: str, threshold: float) -> list[Node]:
    """An alert for an account's first transaction of a minute that is over the threshold."""

    def anomaly(data: Any, packet: Any) -> Any:
        return {
            "anomaly": "frequency",
            "threshold": threshold,
            "account": packet.key,
            "transactions": data["transactions"],
            "minute": packet.window.start,
        }

    return [
        nodes.aggregate(
            "a-minute",
            window="time",
            duration="1m",
            key=account,
            early=1,
            aggregates={"transactions": agg.count()},
        ),
        nodes.filter(
            "one-too-many", function=lambda data: data["transactions"] - 1 <= threshold < data["transactions"]
        ),
        nodes.transform("frequency-anomalies", function=anomaly),
    ]
