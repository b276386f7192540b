"""The anomaly detector: its sample against a plain loop, its edges by hand, what it refuses."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import Any

import pytest

from streamflow import Graph, compile_graph, nodes, templates
from streamflow.diagnostics import CompileError
from streamflow.testing import run
from templates.samples import events_of, graph_of

URL = "https://alerts.example.com/anomalies"


def test_the_sample_finds_what_a_plain_loop_finds() -> None:
    payments, expected = events_of("payments"), []
    seen: Counter[tuple[str, float]] = Counter()
    for payment in payments:
        if payment["amount"] > 1000:
            expected.append({"anomaly": "amount", "threshold": 1000, "transaction": payment})
        minute = datetime.fromisoformat(payment["at"]).timestamp() // 60 * 60
        seen[payment["account"], minute] += 1
        if seen[payment["account"], minute] == 11:
            found = {"anomaly": "frequency", "threshold": 10, "account": payment["account"]}
            expected.append({**found, "transactions": 11, "minute": minute})
    assert [one["anomaly"] for one in expected] == ["amount", "frequency", "amount"]
    assert alerts_of(graph_of("anomalies"), payments) == expected


def test_only_what_is_over_a_threshold_is_told() -> None:
    graph = templates.financial.create_anomaly_detector({"amount": 100, "frequency": 2}, URL, timestamp="at")
    paid = [(0, 100), (1, 100.01), (59.999, 5), (60, 5), (61, 5), (62, 5), (63, 5)]
    alerts = alerts_of(graph, [{"account": "a", "amount": amount, "at": at} for at, amount in paid])
    assert [(one["anomaly"], one.get("minute")) for one in alerts] == [
        ("amount", None),
        ("frequency", 0.0),
        ("frequency", 60.0),
    ]


def test_fields_have_the_names_that_they_have() -> None:
    graph = templates.financial.create_anomaly_detector({"frequency": 1.5}, URL, account="card", name="Cards")
    assert graph.name == "Cards"
    assert [node.name for node in graph.nodes if node.kind == "filter"] == ["one-too-many"]
    (alert,) = alerts_of(graph, [{"card": "x"}] * 3)
    assert (alert["account"], alert["transactions"], alert["threshold"]) == ("x", 2, 1.5)
    graph = templates.financial.create_anomaly_detector({"amount": 1}, URL, amount="cents")
    assert alerts_of(graph, [{"cents": 2}]) == [{"anomaly": "amount", "threshold": 1, "transaction": {"cents": 2}}]


def test_a_graph_of_its_parts_is_another_one() -> None:
    detector = templates.financial.create_anomaly_detector({"amount": 100}, URL)
    extended = Graph(
        "Mine",
        [*detector.nodes, nodes.sink("book", type="log")],
        [*detector.edges, ("amount-anomalies", "book")],
    )
    outputs = run(extended, {"transactions": [{"amount": 101}]})
    assert [packet.data for packet in outputs["book"]] == [packet.data for packet in outputs["alerts"]] != []


def test_the_bundle_names_no_place_on_this_machine() -> None:
    kernel = compile_graph(graph_of("anomalies")).files["src/kernel.py"]
    assert "'streamflow/templates/financial.py'" in kernel
    assert "compiler/streamflow" not in kernel


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"thresholds": {}}, "`thresholds` must be different names, at least one"),
        ({"thresholds": {"amout": 5}}, "`thresholds` has no 'amout'"),
        ({"thresholds": {"amount": "5"}}, "`amount` must be a number of at least 0, not '5'"),
        ({"thresholds": {"amount": 5}, "alert_url": "alerts.example.com"}, "sink `alerts`: `url`"),
    ],
)
def test_a_problem_is_at_the_line_of_the_call(options: dict[str, Any], message: str) -> None:
    with pytest.raises(CompileError, match=message) as refused:
        templates.financial.create_anomaly_detector(**{"alert_url": URL, **options})
    assert all(each.span is not None and each.span.file == __file__ for each in refused.value.diagnostics)


def alerts_of(graph: Graph, transactions: list[Any]) -> list[Any]:
    return [packet.data for packet in run(graph, {"transactions": transactions})["alerts"]]
