"""Asynchronous nodes: which calls run, in which order results leave, what waiting costs."""

from __future__ import annotations

import sys
from typing import Any

import pytest

import streamflow
from streamflow import nodes
from streamflow.dsl.graph import GraphDefinition
from streamflow_runtime.kernel import Kernel


async def asked(data: Any) -> Any:
    return data


def kernel_of(source: dict[str, Any] | None = None, **options: Any) -> Kernel:
    made = [
        nodes.source("in", type="manual", **(source or {})),
        nodes.transform("ask", function=asked, **options),
        nodes.sink("out", type="log"),
    ]
    return streamflow.compile_graph(GraphDefinition("Test", made)).kernel(secrets={})


def pending(kernel: Kernel) -> list[str]:
    return [call.id for call in kernel.pending()]


def taken(kernel: Kernel) -> list[Any]:
    return [packet.data for packet in kernel.take("out")]


def test_results_leave_in_arrival_order_and_the_next_calls_may_run() -> None:
    kernel = kernel_of(concurrency=2)
    kernel.push("in", [0, 1, 2, 3], now=0)
    assert pending(kernel) == ["ask:0", "ask:1"]
    kernel.resolve("ask:1", "b", now=1)
    assert (taken(kernel), pending(kernel)) == ([], ["ask:0", "ask:2"])
    with pytest.raises(KeyError, match="ask:1"):
        kernel.resolve("ask:1", "again", now=1)
    with pytest.raises(KeyError, match="ask:3"):
        kernel.resolve("ask:3", "not yet", now=1)
    kernel.resolve("ask:0", "a", now=1)
    assert (taken(kernel), pending(kernel)) == (["a", "b"], ["ask:2", "ask:3"])


def test_keys_do_not_wait_for_each_other() -> None:
    kernel = kernel_of({"key": "k"})
    kernel.push("in", [{"k": 1}, {"k": 2}, {"k": True}], now=0)
    kernel.resolve("ask:2", "second of 1", now=1)
    kernel.resolve("ask:1", "first of 2", now=1)
    assert taken(kernel) == ["first of 2"]
    kernel.resolve("ask:0", "first of 1", now=1)
    assert taken(kernel) == ["first of 1", "second of 1"]


def test_unordered_results_leave_at_once() -> None:
    kernel = kernel_of(ordered=False)
    kernel.push("in", [0, 1], now=0)
    kernel.resolve("ask:1", "b", now=1)
    assert taken(kernel) == ["b"]


def test_keys_that_equal_nothing_are_let_go() -> None:
    kernel = kernel_of({"key": "k"})
    kernel.push("in", [{"k": float("nan")}, {"k": float("nan")}], now=0)
    kernel.resolve("ask:1", "b", now=1)
    kernel.resolve("ask:0", "a", now=1)
    assert taken(kernel) == ["b", "a"]


def test_a_result_that_cannot_be_kept_holds_nobody_up() -> None:
    """It waits for its turn as state, and as that it fails; those behind it leave when theirs comes."""
    kernel = kernel_of()
    kernel.push("in", [0, 1, 2], now=0)
    kernel.resolve("ask:1", object(), now=1)
    kernel.resolve("ask:2", "c", now=1)
    assert kernel.changes()
    assert [failure.packet.id for failure in kernel.failures()] == ["in:1"]
    kernel.resolve("ask:0", "a", now=1)
    assert taken(kernel) == ["a", "c"]


def test_a_first_one_that_cannot_be_kept_lets_the_others_go() -> None:
    kernel = kernel_of()
    kernel.push("in", [object(), 1], now=0)
    kernel.resolve("ask:1", "b", now=1)
    rows = kernel.changes()
    assert taken(kernel) == ["b"]
    kernel.push("in", [2], now=2)
    again = kernel_of()
    again.load([*rows, *kernel.changes()])
    assert pending(again) == ["ask:2"]


@pytest.mark.parametrize("source", [{}, {"key": "k"}])
def test_what_a_result_costs_does_not_grow_with_those_that_wait(source: dict[str, Any]) -> None:
    few, many = (_lines_of_resolving(kernel_of(source), waiting) for waiting in (50, 2000))
    assert many < 2 * few


def _lines_of_resolving(kernel: Kernel, waiting: int) -> int:
    """How many lines run for ten results, the first that may run resolved last."""
    kernel.push("in", [{"k": number % 7} for number in range(waiting)], now=0)
    calls = pending(kernel)[:10]
    lines = 0

    def count(frame: Any, event: str, argument: Any) -> Any:
        nonlocal lines
        lines += 1
        return count

    before = sys.gettrace()
    sys.settrace(count)
    try:
        for call in reversed(calls):
            kernel.resolve(call, "done", now=1)
            kernel.pending()
    finally:
        sys.settrace(before)
    return lines
