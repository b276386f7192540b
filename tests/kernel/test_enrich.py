"""Enrichment from a dict: found, missing, keys that fail, values that stay the table's own."""

from __future__ import annotations

from typing import Any

import pytest

import streamflow
from streamflow import nodes
from streamflow.diagnostics import CompileError
from streamflow.dsl.graph import GraphDefinition


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
