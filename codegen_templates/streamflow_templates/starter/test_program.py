"""Tests of the program: whole streams through the compiled kernel, in virtual time."""

from program import graph

from streamflow.testing import run


def order(time, country="PT", cents=1000):
    return {"time": time, "country": country, "cents": cents}


def test_totals_by_country_and_minute():
    outputs = run(graph, {"orders": [order(0), order(10, "SE", 250), order(59.9), order(60)]})
    assert [packet.data for packet in outputs["live"]] == [
        {"country": "PT", "minute": 0.0, "total": 20.0, "orders": 2},
        {"country": "SE", "minute": 0.0, "total": 2.5, "orders": 1},
        {"country": "PT", "minute": 60.0, "total": 10.0, "orders": 1},
    ]


def test_small_change_does_not_count():
    assert run(graph, {"orders": [order(0, cents=99)]})["live"] == []


def test_orders_that_cannot_be_read_are_kept_apart():
    outputs = run(graph, {"orders": [{"time": "yesterday"}, {"time": 1.0, "country": "PT"}]})
    unreadable, failed = outputs["problems"]
    assert "invalid" in unreadable.metadata
    assert failed.data["node"] == "sale"
    assert failed.data["type"] == "KeyError"
