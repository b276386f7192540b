"""Stateful maps: states by key, what happens to them on failure, with time, and in rows."""

from __future__ import annotations

import json
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


def counted(state: Any, data: Any) -> Any:
    state["n"] += 1
    if data.get("bad"):
        raise ValueError("bad")
    return state, {"k": data["k"], "n": state["n"], "state": state}


def test_each_key_has_its_state_and_a_failure_leaves_it_alone(level: int) -> None:
    kernel = compiled(level, key="k", initial={"n": 0}, function=counted)
    kernel.push("in", [{"k": "a"}, {"k": "a", "bad": 1}, {"k": "b"}, {"k": "a"}], now=0)
    first, second, third = kernel.take("out")
    assert [(p.data["k"], p.data["n"], p.id) for p in (first, second, third)] == [
        ("a", 1, "in:0/node:0"),
        ("b", 1, "in:2/node:0"),
        ("a", 2, "in:3/node:0"),
    ]
    (failure,) = kernel.failures()
    assert (failure.node, failure.data) == ("node", {"k": "a", "bad": 1})
    assert failure.line == counted.__code__.co_firstlineno + 3
    third.data["state"]["n"] = 100
    kernel.push("in", [{"k": "a"}], now=0)
    assert kernel.take("out")[0].data["n"] == 3


def test_a_state_of_none_is_forgotten_and_an_output_of_none_not_emitted(level: int) -> None:
    def pairs(state: Any, data: Any) -> Any:
        return (data, None) if state is None else (None, [state, data])

    kernel = compiled(level, function=pairs)
    kernel.push("in", [1, 2, 3], now=0)
    assert [packet.data for packet in kernel.take("out")] == [[1, 2]]
    kernel.push("in", [4, 5], now=0)
    assert [packet.data for packet in kernel.take("out")] == [[3, 4]]
    figures = kernel.metrics()["nodes"]
    assert figures["node"]["packets_processed"] == 5
    assert figures["out"]["packets_processed"] == 2


def test_a_callable_makes_the_first_state_and_an_extra_parameter_gets_the_packet(level: int) -> None:
    def ids(state: Any, data: Any, packet: Any) -> Any:
        state.append(packet.id)
        return state, len(state)

    kernel = compiled(level, key=lambda data: data % 2, initial=list, function=ids)
    kernel.push("in", [1, 2, 3], now=0)
    assert [packet.data for packet in kernel.take("out")] == [1, 1, 2]
    assert texts_of(kernel) == {"1": '[["in:0","in:2"],0,2]', "0": '[["in:1"],0,1]'}


def test_a_state_is_gone_when_its_ttl_has_passed_since_the_last_write(level: int) -> None:
    kernel = compiled(level, key="k", initial=0, ttl="10s", function=lambda state, data: (state + 1, state))
    for now in (0, 9, 18.999, 28.999):
        kernel.push("in", [{"k": "a"}], now=now)
    assert [packet.data for packet in kernel.take("out")] == [0, 1, 2, 0]
    assert kernel.next_deadline() is None


def test_expiries_run_in_the_order_of_the_last_writes_at_their_moments(level: int) -> None:
    kernel = compiled(
        level,
        key="k",
        initial=0,
        ttl=10,
        function=lambda state, data: (state + data["n"], None),
        on_expire=lambda state, key: (state - 1 if state > 1 else None, {"key": key, "had": state}),
    )
    kernel.push("in", [{"k": "a", "n": 1}, {"k": "b", "n": 2}], now=0)
    kernel.push("in", [{"k": "a", "n": 0}], now=3)
    assert kernel.next_deadline() == 10
    kernel.changes()
    kernel.advance(25)
    assert [(p.timestamp, p.data, p.id, p.key, p.source) for p in kernel.take("out")] == [
        (10, {"key": "b", "had": 2}, "node:%22b%22:10000", "b", "node"),
        (13, {"key": "a", "had": 1}, "node:%22a%22:13000", "a", "node"),
        (20, {"key": "b", "had": 1}, "node:%22b%22:20000", "b", "node"),
    ]
    assert kernel.next_deadline() is None
    assert {row[1]: row[4] for row in kernel.changes() if row[0] == "node"} == {'"a"': None, '"b"': None}


def test_an_expiry_that_fails_keeps_the_state_for_another_ttl(level: int) -> None:
    kernel = compiled(
        level, ttl=10, function=lambda state, data: (data, None), on_expire=lambda state, key: (None, 1 / state)
    )
    kernel.push("in", [0], now=0)
    kernel.advance(12)
    (failure,) = kernel.failures()
    assert (failure.node, failure.type, failure.data) == ("node", "ZeroDivisionError", {"key": None, "state": 0})
    assert kernel.next_deadline() == 20
    kernel.push("in", [4], now=13)
    kernel.advance(23)
    assert [packet.data for packet in kernel.take("out")] == [0.25]


def test_a_state_that_cannot_be_kept_fails_its_packet(level: int) -> None:
    kernel = compiled(level, function=lambda state, data: (object if data else [state], [state]))
    kernel.push("in", [0, 1, 0], now=0)
    assert [packet.data for packet in kernel.take("out")] == [[None], [[None]]]
    (failure,) = kernel.failures()
    assert failure.error.startswith("state must be made of JSON values")


def test_what_is_no_pair_is_a_failure(level: int) -> None:
    kernel = compiled(level, function=lambda state, data: [state, data])
    kernel.push("in", [1], now=0)
    assert "returns (state, output), not list" in kernel.failures()[0].error


def test_more_keys_than_the_limit_fail_and_name_ttl() -> None:
    kernel = compiled(2, key=lambda data: data, function=lambda state, data: (1, None))
    kernel.push("in", list(range(100_001)), now=0)
    (failure,) = kernel.failures()
    assert failure.data == 100_000
    assert "100,000 keys" in failure.error
    assert "ttl" in failure.error
    kernel.push("in", [0], now=0)
    assert kernel.failures() == []


def test_a_commit_costs_the_keys_touched_and_rows_bring_the_states_back(level: int) -> None:
    options: dict[str, Any] = {
        "key": "k",
        "initial": {"n": 0},
        "function": counted,
        "ttl": 5,
        "on_expire": lambda state, key: (None, key),
    }
    kernel = compiled(level, **options)
    kernel.push("in", [{"k": 1}, {"k": "b"}, {"k": True}], now=0)
    rows = kernel.changes()
    assert [row[:2] for row in rows if row[0]] == [("node", "1"), ("node", '"b"')]
    kernel.push("in", [{"k": "b"}], now=1)
    more = kernel.changes()
    assert [row[:2] for row in more if row[0]] == [("node", '"b"')]
    stored = {row[:4]: row for row in [*rows, *more]}
    fresh = compiled(level, **options)
    fresh.load(stored.values())
    again = compiled(level, **options)
    again.restore(json.loads(json.dumps(kernel.snapshot())))
    for one in (kernel, fresh, again):
        one.take("out")
        one.push("in", [{"k": 1.0}], now=4)
        assert one.take("out")[0].data["n"] == 3
        one.advance(20)
        assert [(p.data, p.timestamp) for p in one.take("out")] == [("b", 6), (1, 9)]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"on_expire": lambda state, key: (None, None)}, "`on_expire` needs a `ttl`"),
        ({"initial": object()}, "must be a JSON value or a function that makes the state"),
        ({"initial": lambda data: data}, "is called without arguments"),
        ({"ttl": 1, "on_expire": lambda state, key, packet: (None, None)}, "is called with the state and the key"),
        ({"ttl": 0}, "must be at least 1 ms"),
        ({"limit": 1}, "has no option `limit`"),
    ],
)
def test_what_is_refused(options: dict[str, Any], said: str) -> None:
    with pytest.raises(CompileError) as refused:
        compiled(2, function=lambda state, data: (state, data), **options)
    assert said in str(refused.value)


def compiled(level: int, **options: Any) -> Any:
    made = [nodes.source("in", type="manual"), nodes.stateful_map("node", **options), nodes.sink("out", type="log")]
    return streamflow.compile_graph(GraphDefinition("Test", made), level=level).kernel(secrets={})


def texts_of(kernel: Any) -> dict[str, str | None]:
    return {row[1]: row[4] for row in kernel.changes() if row[0] == "node"}
