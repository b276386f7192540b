"""Nodes that let some packets pass: dedupe, sample, rate_limit."""

from __future__ import annotations

import json
from typing import Any

import pytest

import streamflow
from streamflow import nodes
from streamflow.diagnostics import CompileError
from streamflow.dsl.graph import GraphDefinition
from streamflow.dsl.node import Node

LEVELS = (0, 1, 2)


@pytest.fixture(params=LEVELS, ids=[f"level-{level}" for level in LEVELS])
def level(request: pytest.FixtureRequest) -> int:
    return int(request.param)


def test_the_first_of_a_span_passes_and_the_span_starts_at_it(level: int) -> None:
    kernel = compiled(level, nodes.dedupe("node", key="id", within="10s"), "duplicate")
    for now, id in [(0, 1), (5, 1), (5, "b"), (9.999, True), (10, 1.0), (14, 1), (15, "b")]:
        kernel.push("in", [{"id": id, "at": now}], now=now)
    assert [packet.data["at"] for packet in kernel.take("out")] == [0, 5, 10, 15]
    assert [(packet.data["at"], packet.id) for packet in kernel.take("other")] == [
        (5, "in:1"),
        (9.999, "in:3"),
        (14, "in:5"),
    ]
    assert kernel.metrics()["nodes"]["node"]["packets_rejected"] == 3
    assert kernel.metrics()["packets_dropped"] == 0
    kernel.push("in", [{}], now=20)
    assert [(failure.node, failure.type) for failure in kernel.failures()] == [("node", "KeyError")]


def test_ids_are_rows_and_only_changed_ones_are_written(level: int) -> None:
    node = nodes.dedupe("node", key=lambda data: data, within=10)
    kernel = compiled(level, node)
    kernel.push("in", ["a", "b", "a"], now=0)
    first = kernel.changes()
    assert [row for row in first if row[0]] == [("node", '"a"', "", 0, "[0,0]"), ("node", '"b"', "", 0, "[0,1]")]
    kernel.push("in", ["b", "c"], now=9)
    second = kernel.changes()
    assert [row for row in second if row[0]] == [("node", '"c"', "", 0, "[9000,2]")]
    fresh = compiled(level, node)
    fresh.load({row[:4]: row for row in [*first, *second]}.values())
    again = compiled(level, node)
    again.restore(json.loads(json.dumps(kernel.snapshot())))
    for one in (fresh, again, kernel):
        one.take("out")
        one.changes()
        one.push("in", ["c", "a"], now=10)
        assert [packet.data for packet in one.take("out")] == ["a"]
        assert {row[1]: row[4] is None for row in one.changes() if row[0]} == {'"a"': False, '"b"': True}


def test_the_oldest_of_a_million_ids_is_forgotten_and_counted() -> None:
    kernel = compiled(2, nodes.dedupe("node", key=lambda data: data, within="1d"))
    for start in range(0, 1_000_000, 100_000):
        kernel.push("in", list(range(start, start + 100_000)), now=0)
    kernel.push("in", [-1, 1, 0], now=0)
    taken = kernel.take("out")
    assert [packet.data for packet in taken[1_000_000:]] == [-1, 0]
    assert kernel.failures() == []
    assert kernel.metrics()["nodes"]["node"]["ids_forgotten"] == 2


def test_every_keeps_the_first_of_so_many_and_the_position_is_state(level: int) -> None:
    kernel = compiled(level, nodes.sample("node", every=3), "rejected")
    kernel.push("in", list(range(5)), now=0)
    fresh = compiled(level, nodes.sample("node", every=3), "rejected")
    fresh.load(kernel.changes())
    fresh.push("in", list(range(5, 8)), now=0)
    assert [packet.data for packet in [*kernel.take("out"), *fresh.take("out")]] == [0, 3, 6]
    assert [packet.data for packet in fresh.take("other")] == [5, 7]
    assert fresh.metrics()["nodes"]["node"]["packets_rejected"] == 5


def test_a_rate_keeps_about_its_share_and_the_same_again(level: int) -> None:
    runs = []
    for seed in (0, 0, 1):
        kernel = compiled(level, nodes.sample("node", rate=0.25, seed=seed))
        kernel.push("in", list(range(2000)), now=0)
        runs.append([packet.data for packet in kernel.take("out")])
    assert runs[0] == runs[1] != runs[2]
    assert all(400 < len(run) < 600 for run in runs)


def test_a_key_is_kept_or_not_as_a_whole(level: int) -> None:
    kernel = compiled(level, nodes.sample("node", rate=0.5, key="k"))
    kernel.push("in", [{"k": key, "n": n} for n in range(3) for key in (*range(100), 1.0, True)], now=0)
    kept = [packet.data["k"] for packet in kernel.take("out")]
    assert 25 < len(set(kept)) < 75
    assert all(kept.count(key) == (9 if key == 1 else 3) for key in kept)


def test_a_bucket_starts_full_and_fills_with_the_clock(level: int) -> None:
    kernel = compiled(level, nodes.rate_limit("node", limit=2, per="10s", burst=3, key="k"), "limited")
    times = [0, 0, 0, 0, 4.999, 5, 5, 20, 20, 20, 20]
    for number, now in enumerate(times):
        kernel.push("in", [{"k": "a", "n": number}], now=now)
    kernel.push("in", [{"k": "b", "n": 100}], now=20)
    assert [packet.data["n"] for packet in kernel.take("out")] == [0, 1, 2, 5, 7, 8, 9, 100]
    assert [packet.data["n"] for packet in kernel.take("other")] == [3, 4, 6, 10]
    assert kernel.metrics()["packets_dropped"] == 0


def test_what_is_limited_counts_as_dropped_where_nothing_is_connected(level: int) -> None:
    kernel = compiled(level, nodes.rate_limit("node", limit=1, per=1))
    kernel.push("in", [1, 2, 3], now=0)
    rows = kernel.changes()
    assert [row for row in rows if row[0]] == [("node", "null", "", 0, "[0,0,0]")]
    assert [packet.data for packet in kernel.take("out")] == [1]
    figures = kernel.metrics()["nodes"]["node"]
    assert (figures["packets_processed"], figures["packets_dropped"]) == (3, {"limited": 2})
    fresh = compiled(level, nodes.rate_limit("node", limit=1, per=1))
    fresh.load(rows)
    fresh.push("in", [4], now=0.999)
    fresh.push("in", [5], now=1)
    assert [packet.data for packet in fresh.take("out")] == [5]


def test_full_buckets_make_room(level: int) -> None:
    kernel = compiled(level, nodes.rate_limit("node", limit=1, per=1, key=lambda data: data))
    kernel.push("in", list(range(5)), now=0)
    kernel.changes()
    kernel.push("in", [9], now=1)
    assert {row[1]: row[4] is None for row in kernel.changes() if row[0]} == {
        **{str(key): True for key in range(5)},
        "9": False,
    }


def test_a_source_leaves_out_duplicates_which_move_no_watermark(level: int) -> None:
    def made() -> Any:
        source = nodes.source("in", type="manual", timestamp="at", dedupe_key="id", dedupe_within="10s")
        window = nodes.aggregate("count", window="time", duration=10, function=len)
        definition = GraphDefinition("Test", [source, window, nodes.sink("out", type="log")])
        return streamflow.compile_graph(definition, level=level).kernel(secrets={})

    kernel = made()
    kernel.push("in", [{"id": 1, "at": 1}, {"id": 1, "at": 50}, {"at": 60}, {"id": 2, "at": 2}], now=0)
    assert kernel.take("out") == []
    assert [failure.node for failure in kernel.failures()] == ["in"]
    figures = kernel.metrics()["nodes"]
    assert (figures["in"]["packets_processed"], figures["in"]["packets_rejected"]) == (4, 1)
    assert figures["count"]["packets_processed"] == 2
    fresh = made()
    fresh.load(kernel.changes())
    fresh.push("in", [{"id": 2, "at": 70}], now=9.999)
    assert fresh.take("out") == []
    fresh.push("in", [{"id": 2, "at": 70}], now=10)
    assert [packet.data for packet in fresh.take("out")] == [2]


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: nodes.source("in", type="manual", dedupe_within=5), "`dedupe_within` is the span of a `dedupe_key`"),
        (lambda: nodes.sample("node"), "give either `rate` or `every`"),
        (lambda: nodes.sample("node", rate=0.5, every=2), "give either `rate` or `every`"),
        (lambda: nodes.sample("node", every=2, key="k"), "`every` counts positions: a `key` goes with `rate`"),
        (lambda: nodes.sample("node", rate=1.5), "`rate` must be less than or equal to 1"),
        (lambda: nodes.dedupe("node", key="k", within=0), "must be at least 1 ms"),
        (lambda: nodes.rate_limit("node", limit=0, per=1), "`limit` must be greater than or equal to 1"),
        (lambda: nodes.rate_limit("node", limit=1, per=1, overflow="wait"), "must be 'drop'"),  # type: ignore[arg-type]
    ],
)
def test_what_is_refused(make: Any, said: str) -> None:
    with pytest.raises(CompileError) as refused:
        make()
    assert said in str(refused.value)


def compiled(level: int, node: Node, port: str | None = None) -> Any:
    made = [nodes.source("in", type="manual"), node, nodes.sink("out", type="log"), nodes.sink("other", type="log")]
    edges: list[Any] = [("in", "node", "out"), *([(f"node.{port}", "other")] if port else [])]
    return streamflow.compile_graph(GraphDefinition("Test", made, edges), level=level).kernel(secrets={})
