"""NEXMARK's queries agree with DuckDB, which is asked the same of the same events in SQL."""

from __future__ import annotations

from collections import Counter
from copy import deepcopy
from functools import cache
from typing import Any

import duckdb
import pandas
import pytest

from nexmark.events import CATEGORIES, events
from nexmark.queries import QUERIES
from streamflow.testing import run

FEW, MANY = 5_000, 100_000
TABLES = {
    "person": "id, name, state",
    "auction": "id, item, category, seller, round(expires * 1000)::BIGINT AS expires",
    "bid": "auction, bidder, price",
}


@pytest.mark.parametrize("name", QUERIES)
@pytest.mark.parametrize("number", [FEW, pytest.param(MANY, marks=pytest.mark.slow)])
def test_a_query_agrees_with_sql(name: str, number: int) -> None:
    query = QUERIES[name]
    expected = answer(query.sql, number)
    outputs = run(query.graph, {"events": deepcopy(recorded(number))})["out"]
    assert expected.total() >= len(CATEGORIES)
    assert Counter(map(_row, (packet.data for packet in outputs))) == expected


def answer(sql: str, number: int) -> Counter[Any]:
    """What DuckDB gives, each row as often as it is there."""
    result = database(number).execute(sql)
    names = [column[0] for column in result.description]
    return Counter(_row(dict(zip(names, row, strict=True))) for row in result.fetchall())


@cache
def recorded(number: int) -> list[dict[str, Any]]:
    return events(number)


@cache
def database(number: int) -> duckdb.DuckDBPyConnection:
    """The tables person, auction and bid; `ms` is the time, `place` that among all events."""
    connection = duckdb.connect()
    every = [{**event, "place": place} for place, event in enumerate(recorded(number))]
    for kind, columns in TABLES.items():
        written = pandas.DataFrame([event for event in every if event["kind"] == kind])
        connection.register("written", written)
        columns = f"{columns}, round(written.at * 1000)::BIGINT AS ms, place"
        connection.execute(f"CREATE TABLE {kind} AS SELECT {columns} FROM written")
    return connection


def _row(data: dict[str, Any]) -> tuple[Any, ...]:
    """A record as a row: numbers rounded, so that a mean may be summed in any order; times as in the stream."""
    return tuple(sorted((name, _value(name, value)) for name, value in data.items() if name != "kind"))


def _value(name: str, value: Any) -> Any:
    if name == "at":
        return round(value * 1000) if isinstance(value, float) else value
    return round(float(value), 6) if isinstance(value, (int, float)) else value
