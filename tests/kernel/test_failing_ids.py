"""A packet that fails behind any kind of node has the id that the reference gives it, at every level."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import streamflow
from fuzz.running import run_kernel, run_reference
from fuzz.streams import Finish, Push, Stream
from reference.interpreter import Interpreter
from streamflow import Graph, agg, edge, nodes
from streamflow.dsl.kinds import KINDS
from streamflow.dsl.node import Node


async def looked_up(data: Any) -> Any:
    return {**data, "looked": True}


# A node of each kind that packets pass, called "middle".
MIDDLES: dict[str, Callable[[], Node]] = {
    "transform": lambda: nodes.transform("middle", function=lambda data: {**data}),
    "transform.async": lambda: nodes.transform("middle", function=looked_up),
    "transform.flat_map": lambda: nodes.flat_map("middle", function=lambda data: [data, None, {**data}]),
    "transform.enrich": lambda: nodes.enrich("middle", lookup={1: "one", 3: "three"}, key="n", into="word"),
    "transform.convert": lambda: nodes.convert("middle", source_format="value", target_format="form"),
    "transform.stateful_map": lambda: nodes.stateful_map(
        "middle", key="n", ttl=5, function=lambda state, data: (data, data), on_expire=lambda state, key: (None, state)
    ),
    "filter.dedupe": lambda: nodes.dedupe("middle", key="n", within=5),
    "filter.sample": lambda: nodes.sample("middle", every=2),
    "filter.rate_limit": lambda: nodes.rate_limit("middle", limit=2, per=5),
    "filter": lambda: nodes.filter("middle", function=lambda data: data["n"] % 2),
    "filter.route": lambda: nodes.route("middle", cases={"odd": lambda data: data["n"] % 2}, default="even"),
    "filter.validate": lambda: nodes.validate("middle", schema={"properties": {"n": {"enum": [1, 3, 4]}}}),
    "aggregate.time": lambda: nodes.aggregate(
        "middle", window="time", duration=10, function=lambda packets: packets[0].data
    ),
    "aggregate.count": lambda: nodes.aggregate(
        "middle", window="count", size=2, function=lambda packets: packets[0].data
    ),
    "aggregate.rolling": lambda: nodes.aggregate(
        "middle", window="rolling", duration=10, into="kept", function=lambda packets: packets[0].data
    ),
    "aggregate.global": lambda: nodes.aggregate("middle", window="global", early=1, aggregates={"n": agg.last("n")}),
    "aggregate.custom": lambda: nodes.aggregate(
        "middle", window=lambda packet: [(packet.timestamp, 70)], function=lambda packets: packets[0].data
    ),
    "aggregate.session": lambda: nodes.aggregate(
        "middle", window="session", gap=5, function=lambda packets: packets[0].data
    ),
    "join.within": lambda: nodes.join("middle", within=1, how="left", function=lambda left, right: {**left}),
    "join.window": lambda: nodes.join("middle", window="time", duration=10, how="outer"),
    "join.latest": lambda: nodes.join("middle", latest=True, function=lambda left, right: {**left}),
}
VALUES = [{"at": 0, "n": 1}, {"at": 1, "n": 2}, {"at": 30, "n": 3}, {"at": 2, "n": 4}, {"at": 60, "n": 5}, {"at": 61}]


@pytest.mark.parametrize("level", [0, 1, 2])
@pytest.mark.parametrize("kind", MIDDLES)
def test_ids_of_packets_that_fail_behind_it(kind: str, level: int) -> None:
    graph = program(MIDDLES[kind]())
    stream = Stream([Push("events", VALUES, 100.0), Finish(0)], 0)
    expected, actions = run_reference(Interpreter(graph), stream, set())
    seen = run_kernel(streamflow.compile_graph(graph, level=level).kernel(secrets={}), actions, set())
    assert seen.all == expected.all
    places = {line.partition(":")[0] for line in expected.all}
    assert {"failure first", "failure fails"} <= places


def test_every_kind_that_packets_pass_is_here() -> None:
    missing = {kind for kind in KINDS if kind.partition(".")[0] not in ("source", "sink")} - set(MIDDLES)
    assert not missing, f"MIDDLES needs a node of each of {sorted(missing)}"


def program(middle: Node) -> Graph:
    """A transform, the node, and behind each of its ports a node and a condition that fail."""
    inputs = ["middle" if name == "in" else f"middle.{name}" for name in middle.options.inputs]
    ports = [f"middle.{port}" for port in middle.options.named_ports(()) if port != "error"]
    return Graph(
        name="Failing",
        nodes=[
            nodes.source("events", type="manual", timestamp="at"),
            nodes.transform("first", function=lambda data: {**data, "n": data["n"] + 1}),
            middle,
            nodes.transform("second", function=lambda data: {"data": data}),
            nodes.transform("fails", function=lambda data: data["missing"]),
            nodes.sink("out", type="log"),
        ],
        edges=[
            ("events", "first"),
            *[("first", name) for name in inputs],
            *[(port, "second") for port in ports],
            ("second", "fails", "out"),
            *[edge(port, "out", when=lambda data: data["absent"]) for port in ports],
        ],
    )
