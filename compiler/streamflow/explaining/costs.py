"""What a million events of a source cost: CPU, rows that the object's SQLite writes, requests. An estimate.

Rows and requests are counted from the shape of the graph, on the assumptions that `ASSUMED` says. CPU is measured where
the events' shape is known (`sampling.py`), else counted from what runs for each packet (`counted_cpu.py`).
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from streamflow.explaining.counted_cpu import counted_cpu
from streamflow.explaining.sampling import measured_cpu
from streamflow.ir.graph import Graph, Node
from streamflow.ir.guarantees import waits
from streamflow.ir.panes import shares_panes
from streamflow.ir.topology import upstream_first
from streamflow.target.program import Program

EVENTS = 1_000_000
RATE = 1_000  # events a second
BATCH = 1_000  # events of a commit
KEYS = 100
ASSUMED = (
    f"{RATE:,} events a second, {BATCH:,} to a commit, {KEYS} keys in each window; nothing is filtered out,"
    " late or fails; a flat_map makes one of one, a route sends as many to each port, a session never ends, an assigned"
    " window takes 100; CPU is the kernel's on this machine, and the platform's Python takes some 2.4 times as long"
)


@dataclass(frozen=True)
class Cost:
    """Of a million events of `source`. `cpu` is in seconds; `measured` says which way it was found."""

    source: str
    cpu: float
    measured: bool
    state_rows: int
    output_rows: int
    requests: int


def costs(program: Program) -> list[Cost]:
    """Of each source, in the order of the graph's nodes; a row that is written and deleted again counts twice."""
    graph = program.graph
    return [_cost(program, node) for node in graph.nodes if node.family == "source" and graph.out(node.name)]


def _cost(program: Program, source: Node) -> Cost:
    graph = program.graph
    arriving = _arriving(graph, source)
    state = EVENTS / BATCH  # the clock, in each commit
    output = requests = 0.0
    for node in graph.nodes:
        packets = arriving[node.name]
        if packets and node.family == "sink":
            sent, written = _of_sink(node, packets)
            requests, output = requests + sent, output + written
        elif packets:
            state += _state_rows(node, packets)
            requests += packets if node.is_async else 0
    cpu = measured_cpu(program, source, EVENTS)
    counted = counted_cpu(graph, arriving) if cpu is None else cpu
    return Cost(source.name, counted, cpu is not None, round(state), round(output), round(requests))


def _arriving(graph: Graph, source: Node) -> Counter[str]:
    """How many packets come to each node."""
    found: Counter[str] = Counter({source.name: EVENTS})
    for node in upstream_first(graph):
        leaving = _leaving(node, found[node.name])
        for edge in graph.edges:
            if edge.origin == node.name:
                found[edge.target] += round(leaving / len(_ways(node)) if edge.port in _ways(node) else 0)
    return found


def _ways(node: Node) -> frozenset[str]:
    """The ports among which a node's packets divide."""
    if node.kind == "filter.route":
        return frozenset(port for port in node.ports if port != "error")
    return frozenset(("out",))


def _leaving(node: Node, packets: float) -> float:
    """How many packets leave a node to which so many come."""
    options = node.options
    if node.kind == "filter.sample":
        every = options.get("every")
        return packets / every if every else packets * float(options["rate"])
    if node.kind == "filter.rate_limit":
        return min(packets, _times(options["per"]) * float(options["limit"]) * _keys(node))
    if node.family != "aggregate" or node.kind == "aggregate.rolling" or not packets:
        return packets
    if node.kind == "aggregate.time":
        step = options.get("slide") or options["duration"]
        return min(packets * _overlapping(node), _times(step) * _keys(node))
    if node.kind == "aggregate.count":
        return packets / float(options.get("slide") or options["size"])
    if node.kind == "aggregate.custom":
        return packets / 100
    early: dict[str, int] = options.get("early") or {}
    if "count" in early:
        return packets / early["count"]
    return _times(early["interval"]) * _keys(node) if "interval" in early else _keys(node)


def _state_rows(node: Node, packets: float) -> float:
    """Rows of state that are written or deleted."""
    commits = EVENTS / BATCH
    touched = min(packets / commits, _keys(node)) * commits
    if node.family == "aggregate":
        results = _leaving(node, packets)
        if node.function is not None and "accumulators" not in node.options:
            kept = packets * _overlapping(node)
            return 2 * kept + touched + results
        windows = 1 if shares_panes(node) else _overlapping(node)
        return 2 * touched * windows + 2 * results
    if node.family == "join" or node.is_async or node.delays:
        return 2 * packets
    return touched if node.keeps_state else 0


def _of_sink(node: Node, packets: float) -> tuple[float, float]:
    """The requests that a sink sends, and the rows that its outputs are, written and deleted."""
    options = node.options
    if not waits(node):
        return 0, 0 if node.kind in ("sink.log", "sink.websocket") else packets
    batch = options.get("batch") or {}
    size = batch.get("size", 1) if isinstance(batch, dict) else batch
    return packets / max(size, 1), 2 * packets


def _overlapping(node: Node) -> float:
    """In how many windows a packet lies."""
    slide = node.options.get("slide")
    return float(node.options["duration"]) / slide if slide and node.kind == "aggregate.time" else 1


def _keys(node: Node) -> int:
    return 1 if node.options.get("key") is None and node.kind != "transform.stateful_map" else KEYS


def _times(milliseconds: float) -> float:
    """How often so many milliseconds pass."""
    return EVENTS / RATE * 1000 / milliseconds
