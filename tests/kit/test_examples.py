"""Examples of a graph, as `streamflow test` runs them."""

import asyncio

import pytest

from streamflow import CompileError, Graph, example, fetch, nodes
from streamflow.testing.examples import problems_of


async def priced(data):
    response = await fetch("https://prices.example.com/tea")
    return {**data, "price": await response.json()}


def prices(*examples):
    return Graph(
        name="Prices",
        nodes=[
            nodes.source("orders", type="manual", timestamp="at"),
            nodes.source("ticks", type="timer", interval="10s"),
            nodes.enrich("named", lookup={"SE": "Sweden"}, key="code", into="country"),
            nodes.transform("priced", function=priced),
            nodes.aggregate("hourly", window="time", duration="1h", function=lambda packets: [p.data for p in packets]),
            nodes.sink("book", type="log"),
            nodes.sink("clock", type="log"),
        ],
        edges=[("orders", "named", "priced", "hourly", "book"), ("ticks", "clock")],
        examples=examples,
    )


@pytest.mark.parametrize("level", [0, 1, 2])
def test_what_stands_in_for_the_outside(level):
    graph = prices(
        example(
            "a price",
            given={"orders": [{"at": 1e9, "code": "PT"}]},
            expect={"book": [[{"at": 1e9, "code": "PT", "country": "Portugal", "price": 3}]], "clock": []},
            fetches={"https://prices.example.com/*": 3},
            lookups={"named": {"PT": "Portugal"}},
        )
    )
    assert asyncio.run(problems_of(graph, graph.examples[0], level=level)) == []


def test_values_arrive_at_their_event_time_or_at_a_given_moment():
    order = {"at": 30, "code": "SE"}
    fetches = {"https://prices.example.com/*": 3}
    kept = {"at": 30, "code": "SE", "country": "Sweden", "price": 3}
    graph = prices(
        {"name": "event time", "given": {"orders": [order] * 2}, "expect": {"clock": [], "book": [[kept] * 2]}},
        example("later", given={"orders": [order, (55, order)]}, expect={"clock": [0, 1]}, fetches=fetches),
    )
    by_event_time, later = graph.examples
    assert asyncio.run(problems_of(graph, later)) == []
    [problem] = asyncio.run(problems_of(graph, by_event_time))
    assert "priced  failed: ConnectionError: nothing answers GET https://prices.example.com/tea" in problem


def test_what_is_not_an_example_is_refused_where_it_stands():
    with pytest.raises(CompileError, match="expects nothing of any sink"):
        example("nothing", given={"orders": []}, expect={})
    with pytest.raises(CompileError, match="is not a list of values by node"):
        example("text", given={"orders": "abc"}, expect={"out": []})
