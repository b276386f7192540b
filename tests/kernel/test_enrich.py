"""Enrichment: found, missing, keys that fail; from a dict at once, from stores when they have answered."""

from __future__ import annotations

from typing import Any

import pytest

import streamflow
from streamflow import d1, kv, nodes, table
from streamflow.diagnostics import CompileError
from streamflow.dsl.graph import GraphDefinition
from streamflow_runtime.kernel import Kernel


@pytest.mark.parametrize("level", [0, 1, 2])
def test_what_the_table_has_joins_the_record(level: int) -> None:
    lookup: dict[Any, Any] = {"a": {"tags": ["x"]}, 1: None}
    made = [nodes.source("in", type="manual"), nodes.enrich("more", lookup=lookup, key="k", into="found")]
    definition = GraphDefinition("Test", [*made, nodes.sink("out", type="log")])
    lookup.clear()
    kernel = streamflow.compile_graph(definition, level=level).kernel(secrets={})
    kernel.push("in", [{"k": "a"}, {"k": 1.0}, {"k": "b"}, {"k": []}, {}], now=0)
    first, second = kernel.take("out")
    assert (first.data, first.id) == ({"k": "a", "found": {"tags": ["x"]}}, "in:0/more:0")
    assert second.data == {"k": 1.0, "found": None}
    assert [failure.type for failure in kernel.failures()] == ["TypeError", "KeyError"]
    assert kernel.metrics()["nodes"]["more"]["packets_dropped"] == {"error": 2, "missing": 1}
    first.data["found"]["tags"].append("changed")
    kernel.push("in", [{"k": "a"}], now=0)
    assert kernel.take("out")[0].data["found"] == {"tags": ["x"]}


@pytest.mark.parametrize("lookup", [{"a": {1, 2}}, {"a": float("nan")}, {b"a": 1}, ["a"]])
def test_a_table_holds_json(lookup: Any) -> None:
    with pytest.raises(CompileError, match="`lookup`"):
        nodes.enrich("more", lookup=lookup, key="k", into="found")


@pytest.mark.parametrize("level", [0, 1, 2])
def test_what_a_store_says_joins_the_record_when_it_is_there(level: int) -> None:
    """Packets wait with their keys; None as a result says that there is nothing for the key."""
    kernel = looking_up(kv("NAMES"), key="k", level=level)
    kernel.push("in", [{"k": "a"}, {"k": 1}, {"k": []}, {"k": "b"}], now=0)
    calls: list[Any] = kernel.pending()
    assert [(call.id, call.key, call.data) for call in calls] == [
        ("more:0", "a", {"k": "a"}),
        ("more:1", 1, {"k": 1}),
        ("more:2", "b", {"k": "b"}),
    ]
    kernel.resolve("more:1", {"x": [1]}, now=1)
    kernel.resolve("more:2", None, now=1)
    assert not kernel.take("out")
    with pytest.raises(RuntimeError, match="pending"):
        kernel.finish()
    kernel.resolve("more:0", None, now=1, error=ConnectionError("lost"))
    assert [(packet.data, packet.id) for packet in kernel.take("out")] == [
        ({"k": 1, "found": {"x": [1]}}, "in:1/more:0"),
    ]
    assert [(packet.data, packet.id) for packet in kernel.take("unknown")] == [({"k": "b"}, "in:3")]
    assert [(failure.type, failure.data) for failure in kernel.failures()] == [
        ("TypeError", {"k": []}),
        ("ConnectionError", {"k": "a"}),
    ]
    figures = kernel.metrics()["nodes"]
    assert figures["more"] == {"packets_processed": 4, "packets_dropped": {"error": 2}, "packets_rejected": 0}
    assert figures["unknown"]["packets_processed"] == 1


def test_what_waits_for_a_store_is_state_with_its_key() -> None:
    def key_of(data: Any) -> Any:
        return (data["k"], 1.5)

    kernel = looking_up(kv("NAMES"), key=key_of)
    kernel.push("in", [{"k": "a"}, {"k": "b"}], now=0)
    kernel.resolve("more:1", "kept", now=1)
    again = looking_up(kv("NAMES"), key=key_of)
    again.load(kernel.changes())
    (call,) = list[Any](again.pending())
    assert (call.id, call.key) == ("more:0", ("a", 1.5))
    again.resolve("more:0", "first", now=2)
    assert [packet.data["found"] for packet in again.take("out")] == ["first", "kept"]
    assert {row[4] for row in again.changes() if row[0] == "more"} == {None}


def test_a_value_that_is_no_record_fails_when_something_is_found() -> None:
    kernel = looking_up(kv("NAMES"), key=lambda data: 1)
    kernel.push("in", [5, 6], now=0)
    kernel.resolve("more:0", "x", now=1)
    kernel.resolve("more:1", None, now=1)
    assert [failure.type for failure in kernel.failures()] == ["TypeError"]
    assert [packet.data for packet in kernel.take("unknown")] == [6]


def test_packets_that_wait_hold_the_watermark() -> None:
    made = [
        nodes.source("in", type="manual", timestamp="t"),
        nodes.enrich("more", lookup="https://example.com/{key}", key="k", into="found"),
        nodes.aggregate("count", window="time", duration=10, function=len),
        nodes.sink("out", type="log"),
    ]
    kernel = streamflow.compile_graph(GraphDefinition("Test", made)).kernel(secrets={})
    kernel.push("in", [{"t": 1, "k": "a"}, {"t": 25, "k": "b"}], now=0)
    kernel.resolve("more:0", 1, now=1)
    assert [packet.data for packet in kernel.take("out")] == [1]
    kernel.resolve("more:1", 1, now=1)
    kernel.finish()
    assert [packet.data for packet in kernel.take("out")] == [1]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"lookup": 5}, "`lookup` can't be a int"),
        ({"lookup": "https://example.com/"}, "must say where the key goes"),
        ({"lookup": "http://example.com/{key}"}, "must be https"),
        ({"lookup": kv("not a name")}, "can't be 'not a name': a binding"),
        ({"lookup": d1("DB", "DELETE FROM users WHERE id = ?")}, "starts with SELECT"),
        ({"lookup": d1("DB", "SELECT '?' FROM users")}, "must have a `?`"),
        (
            {"lookup": d1("DB", "SELECT * FROM users WHERE id = ?"), "key": ("a", "b")},
            "1 `\\?` for a `key` of 2 fields",
        ),
        ({"lookup": table("_streamflow_state")}, "are taken"),
        ({"lookup": table("")}, "name one"),
        ({"lookup": table("t", column="")}, "column"),
        ({"lookup": table("t"), "key": ("a", "b")}, "one value"),
        ({"lookup": "https://example.com/{key}", "key": ("a", "b")}, "one value"),
        ({"lookup": {}, "cache_ttl": "5m"}, "part of the program"),
        ({"lookup": kv("NAMES"), "cache_ttl": 0}, "`cache_ttl` must be at least 1 ms"),
        ({"lookup": kv("NAMES"), "into": ""}, "`into`"),
    ],
)
def test_what_cannot_be_looked_up_is_refused_where_it_is_written(options: dict[str, Any], said: str) -> None:
    with pytest.raises(CompileError, match=said):
        nodes.enrich("more", **{"key": "k", "into": "found", **options})


def looking_up(lookup: Any, key: Any, level: int = 2) -> Kernel:
    made = [
        nodes.source("in", type="manual"),
        nodes.enrich("more", lookup=lookup, key=key, into="found"),
        nodes.sink("out", type="log"),
        nodes.sink("unknown", type="log"),
    ]
    edges = [("in", "more", "out"), ("more.missing", "unknown")]
    return streamflow.compile_graph(GraphDefinition("Test", made, edges), level=level).kernel(secrets={})
