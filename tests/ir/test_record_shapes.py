"""Which fields the compiler knows records to have: the columns of tables that none are given for."""

from __future__ import annotations

from typing import Any, TypedDict

import pytest

from streamflow import Graph, agg, compile_graph, nodes


class Click(TypedDict):
    user: str
    page: str


def summarise(packets, window):
    pages = [p.data["page"] for p in packets]
    if not pages:
        return None
    return {"user": window.key, "pages": len(pages)}


def two_shapes(data):
    if data["user"]:
        return {"user": data["user"]}
    return {"page": data["page"]}


def changes(data):
    data["more"] = 1
    return {**data, "user": 2}


def inner(data):
    def nested():
        return {"x": 1}

    return {"user": nested()}


CLICKS = nodes.source("clicks", type="manual", schema=Click)
ANYTHING = nodes.source("clicks", type="manual")
TABLE = nodes.sink("table", type="database", table="table")


def columns_of(*steps: Any, edges: Any = None) -> Any:
    graph = Graph(name="Shapes", nodes=[*steps, TABLE], edges=edges)
    return compile_graph(graph).service["sinks"]["table"].get("columns")


def made(function: Any) -> Any:
    return nodes.transform("made", function=function)


@pytest.mark.parametrize(
    ("steps", "columns"),
    [
        ([CLICKS], ["user", "page"]),
        ([ANYTHING], None),
        ([CLICKS, nodes.filter("some", function=lambda data: data["user"] != "a")], ["user", "page"]),
        ([CLICKS, made(lambda data: {**data, "at": 1})], ["user", "page", "at"]),
        ([ANYTHING, made(lambda data: {**data, "at": 1})], None),
        ([ANYTHING, made(lambda data: {"at": 1, "n": data["n"]})], ["at", "n"]),
        ([ANYTHING, made(lambda data: {"at": 1} if data["n"] else None)], ["at"]),
        ([ANYTHING, made(lambda data: {"at": 1} if data["n"] else {"n": 1})], None),
        ([CLICKS, made(two_shapes)], None),
        ([CLICKS, made(changes)], None),
        ([CLICKS, made(inner)], ["user"]),
        ([CLICKS, made(lambda data: {**data, data["user"]: 1})], None),
        ([CLICKS, made(lambda data: {**data["page"], "user": 1})], None),
        ([CLICKS, made(lambda data: {"a": 1, "A": 2})], None),
        ([ANYTHING, nodes.validate("valid", schema=Click)], ["user", "page"]),
        ([CLICKS, nodes.enrich("country", lookup={"a": 1}, key="user", into="n")], ["user", "page", "n"]),
        (
            [ANYTHING, nodes.aggregate("s", window="count", size=2, key="user", aggregates={"n": agg.count()})],
            ["user", "n"],
        ),
        ([ANYTHING, nodes.aggregate("s", window="session", gap=1, key="user", function=summarise)], ["user", "pages"]),
    ],
)
def test_columns(steps: list[Any], columns: list[str] | None) -> None:
    assert columns_of(*steps) == columns


def test_ways_that_differ_are_not_known() -> None:
    one = made(lambda data: {"n": 1})
    other = nodes.transform("other", function=lambda data: {"n": 2})
    edges = [("clicks", "made", "table"), ("clicks", "other", "table")]
    assert columns_of(ANYTHING, one, other, edges=edges) == ["n"]
    assert columns_of(ANYTHING, one, other, edges=[*edges, ("clicks", "table")]) is None
    assert columns_of(ANYTHING, one, edges=[("clicks", "made", "table"), ("made.error", "table")]) is None


def test_given_columns_count() -> None:
    table = nodes.sink("table", type="database", table="table", columns=["page"])
    service = compile_graph(Graph(name="Shapes", nodes=[CLICKS, table])).service
    assert service["sinks"]["table"]["columns"] == ["page"]
