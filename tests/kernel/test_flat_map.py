"""Flat maps: values, ids, failures halfway, and values that are one and the same object."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

import streamflow
from streamflow import nodes
from streamflow.diagnostics import CompileError
from streamflow.dsl.graph import GraphDefinition

LEVELS = (0, 1, 2)


@pytest.fixture(params=LEVELS, ids=[f"level-{level}" for level in LEVELS])
def level(request: pytest.FixtureRequest) -> int:
    return int(request.param)


def test_every_value_is_a_packet_and_none_is_not(level: int) -> None:
    kernel = compiled(level, lambda data: [data, None, data + 1])
    kernel.push("in", [1, 5], now=0)
    assert [(packet.data, packet.id) for packet in kernel.take("out")] == [
        (1, "in:0/split:0"),
        (2, "in:0/split:2"),
        (5, "in:1/split:0"),
        (6, "in:1/split:2"),
    ]
    figures = kernel.metrics()["nodes"]
    assert figures["split"]["packets_processed"] == 2
    assert figures["out"]["packets_processed"] == 4


def test_none_and_an_empty_list_emit_nothing(level: int) -> None:
    kernel = compiled(level, lambda data: data)
    kernel.push("in", [None, [], [7]], now=0)
    assert [packet.data for packet in kernel.take("out")] == [7]
    assert kernel.failures() == []


def test_a_generator_that_raises_halfway_emits_nothing(level: int) -> None:
    kernel = compiled(level, inverses)
    kernel.push("in", [{"of": [2, 0]}, {"of": [4]}], now=0)
    assert [packet.data for packet in kernel.take("out")] == [0.25]
    (failure,) = kernel.failures()
    assert (failure.node, failure.type, failure.data) == ("split", "ZeroDivisionError", {"of": [2, 0]})
    assert failure.line == inverses.__code__.co_firstlineno + 3


def test_a_failure_behind_one_value_leaves_the_others_alone(level: int) -> None:
    kernel = compiled(level, lambda data: data, nodes.transform("inverse", function=lambda data: 1 / data))
    kernel.push("in", [[1, 0, 2]], now=0)
    assert [packet.data for packet in kernel.take("out")] == [1, 0.5]
    (failure,) = kernel.failures()
    assert (failure.node, failure.data, failure.packet.id) == ("inverse", 0, "in:0/split:1")


def test_values_that_are_one_object_are_apart_for_those_who_read_them(level: int) -> None:
    kernel = compiled(level, lambda data: [data, data])
    kernel.push("in", [{"tags": []}], now=0)
    first, second = kernel.take("out")
    first.data["tags"].append("changed")
    assert second.data == {"tags": []}


@pytest.mark.parametrize("value", ["text", {"a": 1}, b"bytes", 5])
def test_what_is_no_iterable_of_values_is_a_failure(level: int, value: Any) -> None:
    kernel = compiled(level, lambda data: data)
    kernel.push("in", [value], now=0)
    assert kernel.take("out") == []
    assert [failure.type for failure in kernel.failures()] == ["TypeError"]


def test_an_async_function_is_refused() -> None:
    async def split(data: Any) -> Any:
        return [data]

    with pytest.raises(CompileError, match="`function` can't be async"):
        nodes.flat_map("split", function=split)


def inverses(data: Any) -> Iterator[float]:
    """One of each number."""
    for number in data["of"]:
        yield 1 / number


def compiled(level: int, function: Callable[..., Any], *behind: Any) -> Any:
    made = [nodes.source("in", type="manual"), nodes.flat_map("split", function=function), *behind]
    definition = GraphDefinition("Test", [*made, nodes.sink("out", type="log")])
    return streamflow.compile_graph(definition, level=level).kernel(secrets={})
