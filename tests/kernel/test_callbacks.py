"""Two rules of every callback of every kind: one parameter more gets the packet, and None emits nothing."""

from __future__ import annotations

from typing import Any

import pytest

import streamflow
from streamflow import nodes
from streamflow.dsl.graph import GraphDefinition
from streamflow.dsl.kinds import KINDS
from streamflow.dsl.node import Node
from streamflow_runtime.packet import Packet

DATA = {"id": 1, "t": 5}
OPTIONS: dict[str, dict[str, Any]] = {
    "source.websocket": {"url": "wss://example.com"},
    "source.sse": {"url": "https://example.com"},
    "source.http": {"url": "https://example.com", "interval": 60},
    "source.timer": {"interval": 1},
    "source.queue": {"binding": "Q"},
    "transform.enrich": {"lookup": {1: 2}, "key": "id", "into": "found"},
    "transform.stateful_map": {"initial": 0, "function": lambda state, data: (state, data)},
    "filter.sample": {"rate": 1.0, "key": "id"},
    "filter.rate_limit": {"limit": 5, "per": 60, "key": "id"},
    "filter.dedupe": {"key": "id", "within": 60},
    "aggregate.time": {"duration": 10, "function": len},
    "aggregate.count": {"size": 1, "function": len},
    "aggregate.session": {"gap": 10, "function": len},
    "aggregate.rolling": {"size": 2, "function": len},
    "aggregate.custom": {"function": len},
    "join.within": {"within": 60},
    "join.window": {"duration": 10},
    "join.latest": {"latest": True},
    "sink.websocket": {"keep": 3},
    "sink.database": {"table": "rows", "mode": "upsert", "key": "id"},
    "sink.kv": {"binding": "KV"},
    "sink.r2": {"binding": "R2"},
    "sink.analytics": {"binding": "AE", "blobs": ["id"]},
}
WITHOUT_PACKET = {
    *(("transform.stateful_map", option) for option in ("initial", "on_expire")),
    ("source.timer", "function"),
    *((kind, option) for kind in KINDS for option in ("url", "subscribe")),
}
"""What is called where no packet is on its way."""
CALLBACKS = [
    (kind, option)
    for kind, options in KINDS.items()
    for option in options.callbacks
    if option in options.model_fields
    and (kind, option) not in WITHOUT_PACKET
    and kind != "aggregate.global"  # which takes aggregates alone
]


def spy_1(a, extra):
    raise BufferError("Packet" if hasattr(extra, "metadata") else type(extra).__name__)


def spy_2(a, b, extra):
    raise BufferError("Packet" if hasattr(extra, "metadata") else type(extra).__name__)


def keep_1(a, extra="own"):
    raise BufferError(extra)


def keep_2(a, b, extra="own"):
    raise BufferError(extra)


@pytest.mark.parametrize("level", [0, 2])
@pytest.mark.parametrize("kind, option", CALLBACKS)
def test_one_parameter_more_gets_the_packet(kind, option, level):
    listed = KINDS[kind].callbacks[option]
    extra = "Window" if KINDS[kind].extra.get(option) == "window" else "Packet"
    assert spied(kind, option, [spy_1, spy_2][listed - 1], level) == extra


@pytest.mark.parametrize("kind, option", CALLBACKS)
def test_one_with_a_default_keeps_it(kind, option):
    listed = KINDS[kind].callbacks[option]
    assert spied(kind, option, [keep_1, keep_2][listed - 1], 2) == "own"


def spied(kind: str, option: str, function: Any, level: int) -> str:
    """What a callback says when it is called."""
    node = made(kind, "node", {option: {"case": function} if option == "cases" else function})
    program = streamflow.compile_graph(graph_of(node), level=level)
    kernel = program.kernel(secrets={})
    if kind.startswith("sink."):
        entry = "node" if option == "function" else f"node.{option}"
        packet = Packet(DATA, 5000, "in", 0, "", {})
        arguments = [DATA, packet][: 1 + (entry in kernel.wants_packet)]
        with pytest.raises(BufferError) as raised:
            kernel.functions[entry](*arguments)
        return str(raised.value)
    feed(kernel, kind)
    failures = kernel.failures()
    if option == "timestamp":
        return str(kernel.take("invalid")[0].metadata["invalid"])
    assert failures, f"{kind} never called its {option}"
    return str(failures[0].error)


NOTHING: dict[str, dict[str, Any]] = {
    "transform": {"function": lambda data: data if "missing" in data else None},
    "transform.flat_map": {"function": lambda data: [None, data.get("missing")]},
    "transform.stateful_map": {"function": lambda state, data: (state + 1, None)},
    **{
        kind: {"function": lambda packets: packets if len(packets) > 99 else None}
        for kind in KINDS
        if kind.startswith("aggregate.")
    },
    **{
        kind: {"function": lambda left, right: left if right is None else None}
        for kind in KINDS
        if kind.startswith("join.")
    },
    "source.timer": {"function": lambda tick: tick if tick > 99 else None},
}
GIVING = [kind for kind in NOTHING if kind != "aggregate.global"]


@pytest.mark.parametrize("level", [0, 2])
@pytest.mark.parametrize("kind", GIVING)
def test_none_emits_nothing(kind, level):
    node = made(kind, "node", NOTHING[kind])
    kernel = streamflow.compile_graph(graph_of(node), level=level).kernel(secrets={})
    feed(kernel, kind)
    if not kind.startswith("source."):
        assert kernel.metrics()["nodes"]["node"]["packets_processed"]
    assert kernel.take("out") == []
    assert kernel.failures() == []


@pytest.mark.parametrize("kind", GIVING)
def test_what_they_give_otherwise_is_emitted(kind):
    """The graphs of the test above would let something through."""
    gives = {
        "transform": lambda data: data,
        "transform.flat_map": lambda data: [data],
        "source.timer": lambda tick: tick,
    }
    options = {"function": gives[kind]} if kind in gives else {}
    kernel = streamflow.compile_graph(graph_of(made(kind, "node", options))).kernel(secrets={})
    feed(kernel, kind)
    assert kernel.take("out") != []


def made(kind: str, name: str, options: dict[str, Any]) -> Node:
    """A node of that kind with such options, and those that it needs."""
    family, _, type_name = kind.partition(".")
    options = {**OPTIONS.get(kind, {}), **options}
    if kind == "aggregate.custom":
        options.setdefault("window", lambda packet: [(0, 10)])
    elif family in ("source", "sink"):
        options["type"] = type_name
    elif family == "aggregate":
        options["window"] = type_name
    elif kind == "join.window":
        options["window"] = "time"
    elif kind == "filter.route" and "function" not in options:
        options.setdefault("cases", {"case": lambda data: True})
    elif kind in ("transform", "filter", "transform.flat_map") and "function" not in options:
        options["function"] = lambda data: data
    if kind == "sink.custom":
        options.setdefault("function", lambda data: None)
    if kind == "sink.database" and "delete" not in options:
        options["delete"] = lambda data: False
    constructor = type_name if family in ("transform", "filter") and type_name else family
    return getattr(nodes, constructor)(name, **options)


def graph_of(node: Node) -> GraphDefinition:
    """The node between a source and a sink; `node` may be either."""
    source, sink = nodes.source("in", type="manual", timestamp="t"), nodes.sink("out", type="log")
    invalid = nodes.sink("invalid", type="log")
    if node.kind.startswith("source."):
        return GraphDefinition("G", [node, sink, invalid], [("node", "out"), ("node.invalid", "invalid")])
    if node.kind.startswith("sink."):
        return GraphDefinition("G", [source, node], [("in", "node")])
    if node.kind.startswith("join."):
        edges = [("in", "node.left", "out"), ("in", "node.right")]
    elif node.kind == "filter.route":
        edges = [("in", "node.case", "out")]
    else:
        edges = [("in", "node", "out")]
    return GraphDefinition("G", [source, node, sink], edges)


def feed(kernel: Any, kind: str) -> None:
    """Packets, and the end of them."""
    if kind == "source.timer":
        kernel.advance(0.5)
        kernel.advance(2)
        return
    kernel.push("node" if kind.startswith("source.") else "in", [dict(DATA), {**DATA, "id": 1}], now=5)
    kernel.finish()
