"""Which parts of the language the generated cases reached: features of graphs, and what happened while they ran."""

from __future__ import annotations

import math
from collections import Counter
from typing import Any

from reference.interpreter import LAST, Interpreter
from reference.keyed import expiries, releases
from reference.packet import Packet
from reference.state import OpenWindow, Waiting
from streamflow.dsl.graph import GraphDefinition

# In at least one case of a hundred each; what a graph has, then what happens while it runs.
EXPECTED = [
    "source schema", "source format", "tap",
    "source.manual", "source.webhook", "source.websocket", "source.http", "source.sse", "source.timer",
    "source.queue",
    "source timestamp", "source out_of_orderness", "source key", "source metadata", "source url", "source path",
    "source idle_timeout", "source max_ahead", "left out", "risen", "spoke again", "too far ahead",
    "source function", "source dedupe_key", "source catch_up", "source cron", "source items", "source subscribe",
    "transform", "asynchronous transform", "transform concurrency", "transform ordered", "transform timeout",
    "transform.flat_map", "filter.route", "route cases", "route function", "route default", "no route",
    "transform.stateful_map", "stateful_map key", "stateful_map ttl", "stateful_map on_expire",
    "filter.dedupe", "filter.sample", "sample key", "sample every", "filter.rate_limit", "rate_limit key", "limited",
    "rate_limit overflow", "delayed",
    "transform.convert", "convert columns", "convert key", "convert tags", "converted",
    "expired", "transform.enrich", "asynchronous enrich", "filter.validate",
    "filter", "aggregate.time", "aggregate.session", "aggregate.count", "aggregate offset",
    "aggregate slide", "aggregate max_duration", "aggregate allowed_lateness", "aggregate early",
    "count slide", "count early", "aggregate partial", "rest sent",
    "aggregate.rolling", "aggregate into", "keyed rolling aggregate", "rolled", "rolled alone",
    "aggregate.global", "keyed global aggregate", "so far", "aggregate.custom", "keyed custom aggregate",
    "keyed time aggregate", "keyed session aggregate", "keyed count aggregate",
    "join.within", "join.window", "join.latest", "join key", "join function", "inner join", "left join", "outer join",
    "join of one node with itself", "join slide", "join gap", "port unmatched", "paired", "left alone", "unmatched",
    "aggregate aggregates", "agg.sum", "agg.first", "agg.custom", "agg.quantile",
    "sink.http", "sink.websocket", "sink.database", "sink.endpoint", "sink.kv", "sink.analytics", "sink.log",
    "sink.custom", "sink.r2", "sink.queue", "sink binding", "sink delay", "sink concurrency", "sink ordered",
    "sink retry_policy", "sink overflow",
    "sink batch",
    "port out", "port rejected", "port late", "port error", "port invalid",
    "conditional edge", "fan-in", "several sources", "several sinks", "disconnected parts", "mixed time",
    "late", "late, wired", "invalid", "invalid, wired", "error", "error, wired", "session merge", "parked",
    "ticked", "rejected", "window fired", "out of order", "held by a parked packet",
    "early result", "revision after the end",
    "stopped", "lined up", "skipped", "went on",
    "shared subexpression",
    "retry", "retried ok", "retries ran out", "waited behind a retry",
]  # fmt: skip


class Observed(Interpreter):
    """The reference interpreter, taking note of what happens."""

    def __init__(self, graph: GraphDefinition) -> None:
        self.events: set[str] = set()
        super().__init__(graph)

    def _route(self, name: str, packet: Packet) -> None:
        before = self.state.counts[name].dropped["no route"]
        super()._route(name, packet)
        if self.state.counts[name].dropped["no route"] > before:
            self.events.add("no route")

    def _leave(self, name: str, port: str, packet: Packet) -> None:
        wired = self._edges(name, port) and port != "limited"
        self.events.add(f"{port}, wired" if wired else port)
        super()._leave(name, port, packet)

    def _fail(
        self,
        name: str,
        packet: Packet,
        error: BaseException,
        function: Any,
        by_edge: bool = True,
        place: str | None = None,
        attempts: int = 1,
    ) -> None:
        self.events |= {"raised", "error, wired" if by_edge and self._edges(name, "error") else "error"}
        super()._fail(name, packet, error, function, by_edge, place, attempts)

    def note(self, what: str) -> None:
        self.events |= {"raised", what}

    def _sessions(self, name: str, key: Any, moment: int) -> list[OpenWindow]:
        before = len(self.state.open[name])
        sessions = super()._sessions(name, key, moment)
        if len(self.state.open[name]) < before:
            self.events.add("session merge")
        return sessions

    def _send_window(self, name: str, window: OpenWindow) -> None:
        before = window.results
        super()._send_window(name, window)
        if window.results > before:
            self.events |= {"result at an end" if window.fired else "early result"}
            self.events |= {"revision after the end"} if before and window.fired else set()

    def _send_result(self, name: str, *result: Any) -> bool:
        if self.nodes[name].kind == "aggregate.count" and self.state.watermarks[name] >= LAST:
            self.events.add("rest sent")
        return super()._send_result(name, *result)

    def _deliver(self, name: str, result: Packet, packets: list[Packet]) -> bool:
        if self.nodes[name].kind == "aggregate.global":
            self.events.add("rest sent" if self.state.watermarks[name] >= LAST else "so far")
        if self.nodes[name].kind == "aggregate.rolling":
            self.events.add("rolled" if len(packets) > 1 else "rolled alone")
        return super()._deliver(name, result, packets)

    def _send_pair(self, name: str, one: Waiting, other: Waiting | None) -> None:
        self.events.add("left alone" if other is None else "paired")
        super()._send_pair(name, one, other)

    def _park(self, name: str, packet: Packet) -> None:
        self.events.add("parked")
        super()._park(name, packet)

    def move_clock(self, now: int) -> None:
        if any(moment <= now for moment in releases(self)):
            self.events.add("delayed")
        if any(moment <= now for moment in expiries(self)):
            self.events.add("expired")
        super().move_clock(now)

    def _input_watermark(self, name: str, watermarks: Any) -> float:
        idle = [origin for origin in self.inputs(name) if origin in self.state.risen]
        if idle:
            self.events.add("risen" if name in self.state.risen else "left out")
        return super()._input_watermark(name, watermarks)

    def _refuse(self, name: str, packet: Packet, reason: str) -> None:
        if reason == "too far ahead":
            self.events.add(reason)
        super()._refuse(name, packet, reason)

    def _tick(self, timer: str) -> None:
        self.events.add("ticked")
        super()._tick(timer)

    def _close_windows(self, name: str) -> None:
        before = len(self.state.open[name])
        super()._close_windows(name)
        if len(self.state.open[name]) < before:
            self.events.add("window fired")

    def _enter(self, packet: Packet, override: float | None) -> None:
        newest = self.state.newest.get(packet.source)
        idle = packet.source in self.state.risen
        super()._enter(packet, override)
        if idle and packet.source not in self.state.risen:
            self.events.add("spoke again")
        if newest is not None and self.state.newest[packet.source] == newest:
            self.events.add("out of order")

    def _emit(self, name: str, port: str, packet: Packet) -> None:
        if port == "out" and self.nodes[name].kind == "transform.convert":
            self.events.add("converted")
        if port in ("rejected", "unmatched"):
            self.events.add(port)
        super()._emit(name, port, packet)

    def output_watermark(self, name: str, watermark: float) -> float:
        held = super().output_watermark(name, watermark)
        if held < watermark < math.inf:
            self.events.add("held by a parked packet")
        return held


def features_of(interpreter: Interpreter) -> set[str]:
    """What the shape of a graph covers, beside what its nodes do."""
    nodes = list(interpreter.nodes.values())
    sources = [node for node in nodes if node.kind.startswith("source.")]
    found = {"several sources"} if len(sources) > 1 else set()
    if sum(node.kind.startswith("sink.") for node in nodes) > 1:
        found.add("several sinks")
    if len({node.options.timestamp is None for node in sources}) > 1:
        found.add("mixed time")
    if _parts(interpreter) > 1:
        found.add("disconnected parts")
    return found


def report(counts: Counter[str], cases: int) -> tuple[str, list[str]]:
    """A table of shares, and what was reached in less than one case of a hundred."""
    rare = [feature for feature in EXPECTED if counts[feature] * 100 < cases]
    width = max(map(len, EXPECTED))
    lines = [f"{feature:{width}} {counts[feature] * 100 / max(cases, 1):5.1f} %" for feature in EXPECTED]
    return "\n".join(lines), rare


def _parts(interpreter: Interpreter) -> int:
    parts = {name: {name} for name in interpreter.nodes}
    for route in interpreter.routes:
        joined = parts[route.origin] | parts[route.target]
        for name in joined:
            parts[name] = joined
    return len({id(part) for part in parts.values()})
