"""Tests of the program, through the compiled kernel and in virtual time. Simpler ones are its own `examples`."""

from program import graph

from streamflow.testing import TestStream, run


def order(time, country="PT", cents=1000):
    return {"time": time, "country": country, "cents": cents}


def test_a_minute_closes_when_the_orders_have_passed_it():
    with TestStream(graph) as stream:
        stream.inject("orders", order(0))
        stream.inject("orders", order(64.9))
        assert stream.output("live") == []
        stream.inject("orders", order(65))
        assert stream.output("live") == [{"country": "PT", "minute": 0.0, "total": 10.0, "orders": 1}]


def test_a_failing_order_is_kept_apart():
    with TestStream(graph) as stream:
        stream.fail("sale", ValueError("no such country"))
        stream.inject("orders", order(0))
        [problem] = stream.output("problems")
    assert (problem["node"], problem["error"], problem["data"]) == ("sale", "no such country", order(0))


def test_orders_that_cannot_be_read_are_kept_apart():
    outputs = run(graph, {"orders": [{"time": "yesterday"}, {"time": 1.0, "country": "PT"}]})
    unreadable, failed = outputs["problems"]
    assert "invalid" in unreadable.metadata
    assert failed.data["node"] == "sale"
    assert failed.data["type"] == "KeyError"
