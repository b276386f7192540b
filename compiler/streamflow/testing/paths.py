"""The paths of packets as text: one line a node, what it made of the packet, and where that stands in the program."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from math import isfinite

from streamflow.diagnostics import program_path
from streamflow.ir.graph import Node
from streamflow.testing.trace import Arrival, Departure, Trace
from streamflow_runtime.packet import Packet

_LONGEST = 100  # characters of a value
_PACKETS = 5  # of a window, shown one by one
_NOTHING = {
    "transform": "gave None: nothing goes on",
    "transform.flat_map": "gave no values: nothing goes on",
    "transform.stateful_map": "gave None: nothing goes on",
    "filter": "rejected",
    "filter.dedupe": "is a duplicate",
    "filter.sample": "is not in the sample",
    "filter.rate_limit": "is over the limit",
    "filter.route": "no case matched",
}
_PORTS = {"rejected": "rejected", "duplicate": "is a duplicate", "limited": "is over the limit", "late": "is late"}


def came(trace: Trace, arrival: Arrival, told: bool = False) -> list[str]:
    """How a packet came to a node, from its source on. `told`: what the node made of it needs no saying."""
    steps: list[Arrival] = []
    departure = arrival.cause
    while len(departure.causes) == 1 and departure.causes[0] not in steps:
        steps.append(departure.causes[0])
        departure = departure.causes[0].cause
    lines = [f"{_origin(departure)}"]
    if departure.causes:  # a window's result: of several packets
        lines = [f"{departure.node} sent {_shown(departure.packet.data)}, made of {_counted(len(departure.causes))}"]
        for cause in departure.causes[:_PACKETS]:
            lines += _indented(came(trace, cause, told=True))
        if len(departure.causes) > _PACKETS:
            lines.append(f"  and {len(departure.causes) - _PACKETS} more")
    ahead = [*steps[::-1], arrival]
    width = max(len(one.node) for one in ahead)
    return lines + [f"  {one.node:<{width}}  {_what(trace, one, told and one is arrival)}" for one in ahead]


def went(trace: Trace, root: Departure) -> list[str]:
    """Where a packet went from its source on, to the end of every branch."""
    width = max((len(arrival.node) for arrival in _reached(root)), default=0)
    return [_origin(root), *_indented(_branches(trace, root, width))]


def ends_at(trace: Trace, root: Departure, sink: str) -> bool:
    """Whether the packet, or anything made of it, came to that sink."""
    return any(arrival.node == sink for arrival in _reached(root))


def data_on_the_way(root: Departure) -> Iterator[object]:
    """The values that a packet was on its way."""
    yield root.packet.data
    for arrival in _reached(root):
        yield arrival.packet.data


def _branches(trace: Trace, departure: Departure, width: int) -> list[str]:
    lines = []
    for arrival in departure.arrivals:
        lines.append(f"{arrival.node:<{width}}  {_what(trace, arrival)}")
        for left in arrival.left:
            behind = _branches(trace, left, width)
            lines += _indented(behind) if len(departure.arrivals) + len(arrival.left) > 2 else behind
    return lines


def _reached(root: Departure) -> Iterator[Arrival]:
    """Every arrival behind a departure, once."""
    seen: set[int] = set()
    pending = [root]
    while pending:
        departure = pending.pop()
        for arrival in departure.arrivals:
            if id(arrival) not in seen:
                seen.add(id(arrival))
                yield arrival
                pending += arrival.left


def _origin(root: Departure) -> str:
    packet = root.packet
    if root.port != "out":
        return f"{packet.id}  {_shown(packet.data)} {_outcome(root)}"
    return f"{packet.id}  {_shown(packet.data)} at {_time(packet.timestamp)}"


def _what(trace: Trace, arrival: Arrival, told: bool = False) -> str:
    """What a node made of a packet; `told`: the results that it is part of are known."""
    node = trace.graph.by_name[arrival.node]
    place = f"({program_path(node.span.file)}:{node.span.line})" if node.span else ""
    if node.family == "sink":
        return "; ".join(["reached it", *(_outcome(left) for left in arrival.left if left.port != "out")])
    sent = [left for left in arrival.left if left.port == "out" or left.node != arrival.node]
    others = [left for left in arrival.left if left.port != "out"]
    if others:
        return "; ".join(f"{_outcome(left)} {(left.place and f'({left.place})') or place}" for left in others)
    if node.family in ("aggregate", "join"):
        return _waits(trace, node, arrival, sent, told)
    if not sent:
        if node.is_stage:
            what = "its turn" if node.family == "filter" else "for the result of its call"
            return f"waits {what} {place}"
        return f"{_NOTHING.get(node.kind, 'nothing goes on')} {place}"
    if node.family == "filter":
        return "passed"
    values = [_shown(left.packet.data) for left in sent]
    return f"-> {', '.join(values[:_PACKETS])}" + (f" and {len(values) - _PACKETS} more" * (len(values) > _PACKETS))


def _outcome(departure: Departure) -> str:
    readers = ", ".join(arrival.node for arrival in departure.arrivals)
    behind = f" -> {readers}" if readers else ""
    if departure.port == "error":
        return f"failed: {departure.why}{behind}"
    if departure.port == "invalid":
        return f"is invalid: {departure.why}{behind}"
    return f"{_PORTS.get(departure.port, f'goes on by `{departure.port}`')}{behind}"


def _waits(trace: Trace, node: Node, arrival: Arrival, sent: list[Departure], told: bool) -> str:
    """In which results of a window or join a packet is, or what they wait for."""
    key = "" if arrival.key is None else f" under the key {arrival.key!r}"
    if told:
        return f"kept{key}"
    if sent:
        results = [f"{_window(left.packet)}{_shown(left.packet.data)}" for left in sent]
        return f"kept{key}, sent {', '.join(results[:_PACKETS])}"
    watermark = _watermark(trace, node.name)
    what = "in an open window" if node.family == "aggregate" else "for a partner"
    return f"waits {what}{key}; the watermark is {watermark}"


def _window(packet: Packet) -> str:
    if packet.window is None:
        return ""
    start, end = (_time(bound).removesuffix(" s") for bound in packet.window[1:])
    return f"[{start}, {end}) "


def _watermark(trace: Trace, name: str) -> str:
    stages = trace.kernel.stages if trace.kernel is not None else []
    watermark = next(stage.watermark for stage in stages if stage.name == name)
    return f"{_time(watermark / 1000)}" if isfinite(watermark) else "not yet known" if watermark < 0 else "at the end"


def _time(seconds: float) -> str:
    """Seconds, or the date where it is one."""
    if 1e8 <= seconds < 1e11:
        moment = datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None)
        return moment.isoformat(timespec="milliseconds").removesuffix(".000") + "Z"
    return f"{seconds:.3f}".rstrip("0").rstrip(".") + " s"


def _counted(packets: int) -> str:
    return f"{packets} packet{'' if packets == 1 else 's'}"


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..."


def _indented(lines: list[str]) -> list[str]:
    return [f"  {line}" for line in lines]
