"""What became of every packet: a kernel at level 0, with a tap at each node, that writes down who came and who left."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

from streamflow.diagnostics import program_path
from streamflow.ir.graph import Graph
from streamflow.target.emission import Emission
from streamflow.target.operators import operator_of
from streamflow.target.program import Program
from streamflow.testing.faults import Faults, breakable
from streamflow_runtime.failure import user_line
from streamflow_runtime.isolation import copy_of
from streamflow_runtime.kernel import Kernel
from streamflow_runtime.packet import Packet


@dataclass(eq=False)
class Arrival:
    """A packet came to a node. `left` is what the node sent because of it, at once or later."""

    node: str
    packet: Packet
    cause: Departure
    key: Any = None
    left: list[Departure] = field(default_factory=list)


@dataclass(eq=False)
class Departure:
    """A packet left a node by a port: for each reader an arrival. `why`: the reason, where it is not the main way.

    `causes` are the packets that it was made of; none at a source. `place` is the user's line of a failure.
    """

    node: str
    port: str
    packet: Packet
    why: str = ""
    place: str = ""
    causes: list[Arrival] = field(default_factory=list)
    arrivals: list[Arrival] = field(default_factory=list)


class Trace:
    """The packets of one run."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.arrivals: dict[str, list[Arrival]] = {node.name: [] for node in graph.nodes}
        self.roots: list[Departure] = []  # what sources, and nodes of their own accord, have sent
        self.kernel: Kernel | None = None
        self.broke_off = ""  # why the trace ends before the run did
        self._inside: list[Arrival] = []

    def arrives(self, node: str, packet: Packet) -> None:
        """A packet comes to a node; what follows until `passes` is its doing."""
        departure = self._on_the_way_to(node, packet)
        arrival = Arrival(node, _kept(packet), departure)
        departure.arrivals.append(arrival)
        self.arrivals[node].append(arrival)
        self._inside.append(arrival)

    def passes(self) -> None:
        """The node is done with it."""
        self._inside.pop()

    def keyed(self, node: str, key: Any) -> None:
        """The node keeps the packet under a key."""
        if self._inside and self._inside[-1].node == node:
            self._inside[-1].key = key

    def leaves(self, node: str, port: str, packet: Packet, why: str = "", place: str = "") -> None:
        """A packet leaves a node."""
        departure = Departure(node, port, _kept(packet), why, place)
        if self._inside and self._inside[-1].node == node:
            self._joined(departure, [self._inside[-1]])
        else:
            self.roots.append(departure)
            if self.graph.by_name[node].family != "source":
                self._joined(departure, self._waited(departure))

    def undelivered(self, sink: str, data: Any, why: str) -> None:
        """What reached a sink could not be delivered."""
        reached = next(one for one in reversed(self.arrivals[sink]) if one.packet.data == data)
        departure = Departure(sink, "error", reached.packet, why)
        self._joined(departure, [reached])
        self.roots.append(departure)

    def _on_the_way_to(self, target: str, packet: Packet) -> Departure:
        """The departure that brings a packet here."""
        departures = self._inside[-1].left if self._inside else self.roots
        edges = [edge for edge in self.graph.into(target) if not self._inside or edge.origin == self._inside[-1].node]
        for departure in reversed(departures[-3:]):
            if any((edge.origin, edge.port) == (departure.node, departure.port) for edge in edges):
                return departure
        edge = edges[0]  # of a filter: what does not pass is nowhere announced
        departure = Departure(edge.origin, edge.port, _kept(packet))
        if self._inside:
            self._joined(departure, [self._inside[-1]])
        else:
            self.roots.append(departure)
        return departure

    def _joined(self, departure: Departure, causes: list[Arrival]) -> None:
        departure.causes = causes
        for arrival in causes:
            arrival.left.append(departure)

    def _waited(self, departure: Departure) -> list[Arrival]:
        """The packets that waited at the node for what it has now sent."""
        packet, arrived = departure.packet, self.arrivals[departure.node]
        window = packet.window
        if window is not None and packet.source == departure.node:
            inside = [one for one in arrived if window.start <= one.packet.timestamp <= window.end]
            open_end = self.graph.by_name[departure.node].kind in (
                "aggregate.time",
                "aggregate.session",
                "aggregate.custom",
            )
            return [
                one for one in inside if one.key == packet.key and not (open_end and one.packet.timestamp == window.end)
            ]
        same = (one for one in reversed(arrived) if f"{packet.id}/".startswith(f"{one.packet.id}/"))
        found = next(same, None)
        return [] if found is None else [found]


def traced(program: Program, broken: Iterable[str], faults: Faults) -> tuple[type[Kernel], Trace]:
    """The kernel class that writes a trace, and the trace. The program is of level 0, so that no node is fused."""
    inner = tuple(node.name for node in program.graph.nodes if node.family != "sink")
    graph = replace(program.graph, taps=inner)
    trace = Trace(graph)
    compiled = breakable(Program(graph), broken, faults)
    identifiers = Emission(graph, lambda node: operator_of(node).emit).identifiers
    entries = {
        f"on_{identifiers[node.name]}{suffix}": node.name for node in graph.nodes for suffix in ("", "_left", "_right")
    }
    return type("Kernel", (Traced, compiled), {"trace": trace, "entries": entries}), trace


class Traced(Kernel):
    """Mixed into a kernel."""

    trace: ClassVar[Trace]
    entries: ClassVar[dict[str, str]] = {}

    def _build(self) -> None:
        self.trace.kernel = self
        routes = {name for name, kind in self.kinds.items() if kind == "filter.route"}
        for name in self.out:
            if name not in routes:  # whose ports its readers tell
                self.out[name] = _Noted(self.trace, name)
        for method, node in self.entries.items():
            if hasattr(self, method):
                setattr(self, method, self._entering(node, getattr(self, method)))
        super()._build()
        for stage in self.stages:
            for add in ("add", "enter", "add_left", "add_right"):
                if hasattr(stage, add):
                    setattr(stage, add, self._keying(stage.name, getattr(stage, add)))

    def leave(self, node: str, port: str, packet: Packet) -> None:
        self.trace.leaves(node, port, packet, str(packet.metadata.get("invalid", "")) if port == "invalid" else "")
        super().leave(node, port, packet)

    def fail(self, where: str, error: BaseException, packet: Packet) -> None:
        file, line = user_line(error, self.file, self.lines)
        place = f"{program_path(file)}:{line}" if file and line else ""
        node, arrow, target = where.partition(" -> ")
        why = f"{type(error).__name__}: {error}" + (f" (the condition of the edge to {target})" if arrow else "")
        self.trace.leaves(node.partition(".")[0], "error", packet, why, place)  # behind the dot: an input that may wait
        super().fail(where, error, packet)

    def sink_failed(self, sink: str, data: Any, failure: Mapping[str, Any], now: float) -> bool:
        self.trace.undelivered(sink, data, str(failure["error"]))
        return super().sink_failed(sink, data, failure, now)

    def _entering(self, node: str, method: Callable[[Packet], None]) -> Callable[[Packet], None]:
        def entering(packet: Packet) -> None:
            self.trace.arrives(node, packet)
            try:
                method(packet)
            finally:
                self.trace.passes()

        return entering

    def _keying(self, node: str, add: Callable[..., None]) -> Callable[..., None]:
        def keying(packet: Packet, key: Any = None) -> None:
            self.trace.keyed(node, key)
            add(packet) if key is None else add(packet, key)

        return keying


class _Noted(list[Packet]):
    """The outputs of a tap or sink."""

    def __init__(self, trace: Trace, node: str) -> None:
        super().__init__()
        self._trace, self._node = trace, node

    def append(self, packet: Packet) -> None:
        self._trace.leaves(self._node, "out", packet)
        super().append(packet)


def _kept(packet: Packet) -> Packet:
    """As it is now: who gets it may change it."""
    try:
        return packet.derive(copy_of(packet.data))
    except Exception:
        return packet.derive(repr(packet.data))
