"""The base of every compiled kernel: time, firing order, failures, state. Generated code adds the flow of packets.

A kernel is synchronous and owns no clock, network or storage. Users give and get seconds; inside, time is whole
milliseconds. Batches go in by `push`, what reached a sink comes out by `take`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from math import inf
from typing import Any, ClassVar

from streamflow_runtime.codec import dumps, loads
from streamflow_runtime.decode import Decoder, decode
from streamflow_runtime.event_time import event_time, milliseconds
from streamflow_runtime.failure import Failure, Lines, node_at, node_of, user_line
from streamflow_runtime.isolation import copy_of
from streamflow_runtime.kernel_metrics import metrics_of
from streamflow_runtime.packet import Packet
from streamflow_runtime.stage import Call, Row, Source, Stage
from streamflow_runtime.state_checks import StateMismatch, check_clocks, check_header

Runner = Callable[[list[Any], dict[str, Any], int | None], None]
LAYOUT = 2  # of stored states


class Kernel:
    """What generated kernels inherit. Subclasses fill the tables below and register their methods in them."""

    graph: ClassVar[str] = ""
    kinds: ClassVar[dict[str, str]] = {}  # node: its kind, upstream nodes first
    edges: ClassVar[tuple[tuple[str, ...], ...]] = ()  # node, port, node behind it; counter of an edge with a condition
    counted: ClassVar[frozenset[str]] = frozenset()  # transforms that may give None
    paths: ClassVar[dict[str, str]] = {}  # node or conditional edge: what ids have gained in the method around it
    passed: ClassVar[dict[str, tuple[str, ...]]] = {}  # the same: what has to count a packet that fails there in a loop
    entries: ClassVar[dict[str, str]] = {}  # node or conditional edge: the method by which failed packets enter again
    shape: ClassVar[dict[str, str]] = {}  # stateful node: what its state is a state of
    makers: ClassVar[dict[str, Callable[[Any], Any]]] = {}  # of records that are not built, by node
    made: ClassVar[dict[str, tuple[str, ...]]] = {}  # node: by which of them what comes to it was made
    outputs: ClassVar[tuple[str, ...]] = ()  # sinks and taps
    functions: ClassVar[dict[str, Callable[..., Any]]] = {}  # what the host calls, by sink or `sink.option`
    wants_packet: ClassVar[frozenset[str]] = frozenset()  # those of them that get the packet too
    decoders: ClassVar[dict[str, Decoder]] = {}  # of sources whose bytes are not JSON
    lines: ClassVar[Lines] = ()
    file: ClassVar[str] = ""
    nesting: ClassVar[int] = 64
    most_keys: ClassVar[int] = 100_000  # of a node
    lapsed = 0  # the clock, but for its jumps to the end of input: nothing expires by those
    stopped: Any = None  # why it takes nothing in, with the strategy `stop`

    def __init__(self, secrets: Mapping[str, str] | None = None) -> None:
        self.secrets = dict(secrets or {})
        self.clock: int | None = None
        self.counts: defaultdict[str, int] = defaultdict(int)  # packets that left a node, or took a conditional edge
        self.left: defaultdict[str, int] = defaultdict(int)  # "node port": packets that left by error, late or invalid
        self.out: dict[str, list[Packet]] = {name: [] for name in self.outputs}
        self.sources: dict[str, Source] = {}
        self.stages: list[Stage] = []  # upstream first
        self.runners: dict[str, Runner] = {}
        self.ports: dict[str, Callable[[Packet], None]] = {}  # "node port": what follows it
        self._failures: list[Failure] = []
        self._stale: list[Row] = []
        self._header: str | None = None
        self._firing = False
        self._build()

    def _build(self) -> None:
        """Generated: make the sources and stages, and register the methods that packets run through."""

    # What the host calls

    def push(
        self,
        source: str,
        values: list[Any],
        now: float,
        metadata: dict[str, Any] | None = None,
        timestamp: float | None = None,
    ) -> None:
        """One batch, arriving at `now` (seconds). The values belong to the kernel from here on.

        `timestamp` (seconds) stands in for what the source would read. Raises KeyError for an unknown source.
        """
        run = self.runners[source]
        given = None if timestamp is None else event_time(timestamp)
        self._move_clock(milliseconds(now))
        run(values, metadata or {}, given)

    def push_json(self, source: str, body: bytes, now: float, metadata: dict[str, Any] | None = None) -> int:
        """A batch as bytes: an object, an array or NDJSON. Gives the number of records; raises BadInput."""
        if source not in self.runners:
            raise KeyError(source)
        values = decode(body, self.nesting)
        self.push(source, values, now, metadata)
        return len(values)

    def advance(self, now: float) -> None:
        """Time passes: windows close, timers tick."""
        self._move_clock(milliseconds(now))

    def next_deadline(self) -> float | None:
        """When time alone will have an effect, in seconds."""
        moment = self._next_moment()
        return None if moment == inf else moment / 1000

    def finish(self) -> None:
        """The end of input: every watermark becomes infinite. Raises RuntimeError while packets wait at a node."""
        if any(stage.waiting for stage in self.stages):
            raise RuntimeError("calls are pending: resolve them before the end of input")
        self.settle()
        for source in self.sources.values():
            source.high = inf
        self.fire()

    def take(self, name: str) -> list[Packet]:
        """What reached a sink since the last call."""
        packets = self.out[name]
        taken = packets[:]
        packets.clear()
        for packet in taken:
            if packet.metadata:
                packet.metadata = dict(packet.metadata)
        return taken

    def pending(self) -> list[Call]:
        """Parked calls that may run now, in arrival order; each is listed until it is resolved."""
        return [call for stage in self.stages for call in stage.pending()]

    def resolve(self, id: str, value: Any = None, now: float | None = None, error: BaseException | None = None) -> None:
        """Hand back the result of a call, or its error. Raises KeyError for a call that is not pending."""
        name, _, number = id.rpartition(":")
        stage = next((stage for stage in self.stages if stage.name == name), None)
        if stage is None or not number.isdecimal():
            raise KeyError(id)
        if now is not None:
            self._move_clock(milliseconds(now))
        stage.resolve(int(number), value, error)

    def failures(self) -> list[Failure]:
        """What failed since the last call."""
        failures, self._failures = self._failures, []
        return failures

    def metrics(self) -> dict[str, Any]:
        """Packets processed, dropped by reason, and rejected, of the graph and of each node."""
        return metrics_of(self)

    @property
    def admitted(self) -> dict[str, int]:
        """How many packets each source, or tap, has taken in, those that entered again among them."""
        taps = {place[3:]: count for place, count in self.counts.items() if place.startswith("-> ")}
        return taps | {name: source.admitted + taps.get(name, 0) for name, source in self.sources.items()}

    def sink_failed(self, sink: str, data: Any, failure: Mapping[str, Any], now: float) -> bool:
        """The host could not deliver `data`: it leaves by the sink's `error`; False if nothing is there.

        `failure` has "error", "type", "attempts" and "status".
        """
        after = self.ports.get(f"{sink} error")
        if after is None:
            return False
        self._move_clock(milliseconds(now))
        self.left[f"{sink} error"] += 1
        record = {**failure, "node": sink, "line": None, "data": data}
        after(Packet(record, self.clock or 0, sink, self.left[f"{sink} error"] - 1, f"/{sink}:0", {}))
        return True

    def resume(self, now: float) -> None:
        """The host is up: timers go on from here. What they missed is skipped, unless they catch up."""
        for source in self.sources.values():
            source.skip_missed(milliseconds(now))
        self.advance(now)

    # State

    def changes(self) -> list[Row]:
        """State rows that changed since the last call: (node, key, window, part, JSON text or None).

        A packet that can't be kept fails here, so outputs and failures are complete only afterwards.
        """
        rows = {row[:4]: row for row in self._stale}
        self._stale = []
        while found := [row for stage in self.stages for row in stage.changes()]:
            rows.update((row[:4], row) for row in found)  # what can't be kept fails, which may change more
        header = self._header_text()
        if header != self._header:
            self._header = header
            rows["", "", "", 0] = ("", "", "", 0, header)
        return list(rows.values())

    def load(self, rows: Iterable[Sequence[Any]]) -> None:
        """Take over all rows that `changes` gave, into a fresh kernel.

        Raises StateMismatch where they hold packets of a node that this graph lacks or has changed: nothing is
        discarded silently.
        """
        by_node: defaultdict[str, list[tuple[str, str, int, Any]]] = defaultdict(list)
        for node, key, window, part, text in rows:
            if text is not None:
                by_node[node].append((key, window, part, loads(text)))
        for _, _, _, header in by_node.pop("", ()):
            check_header(header, LAYOUT)
            for node in by_node:
                if header["shape"].get(node) != self.shape.get(node):
                    raise StateMismatch(f"the stored state has packets waiting at `{node}`, which has changed")
            self._header = dumps(header)
            self._take_over(header)
        for stage in self.stages:
            stage.load(by_node.get(stage.name, ()))
        self._set_dues()

    def snapshot(self) -> dict[str, Any]:
        """The whole state as JSON; outputs not yet taken are not part of it."""
        rows = [list(row) for stage in self.stages for row in stage.rows()]
        rows.append(["", "", "", 0, self._header_text()])
        return {"graph": self.graph, "layout": LAYOUT, "shape": self.shape, "rows": rows}

    def restore(self, saved: Any) -> None:
        """Go on from a snapshot. Raises StateMismatch, having changed nothing, where it is not of this graph."""
        rows = self._checked(saved)
        gone = {tuple(row[:4]): (*row[:4], None) for row in [*self._stale, *self.snapshot()["rows"]]}
        type(self).__init__(self, self.secrets)
        self.load(rows)
        self._stale = [*gone.values(), *rows]

    def _checked(self, saved: Any) -> list[Row]:
        """The rows of a snapshot, tried on a kernel of their own."""
        if not isinstance(saved, dict) or saved.get("layout") != LAYOUT or not isinstance(saved.get("rows"), list):
            raise StateMismatch(f"not a state of layout {LAYOUT}")
        if saved.get("shape") != self.shape:
            raise StateMismatch(f"a state of {saved.get('graph')!r} with other stateful nodes than {self.graph!r}")
        try:
            rows = [(node, key, window, part, text) for node, key, window, part, text in saved["rows"]]
            type(self)(self.secrets).load(rows)
        except StateMismatch:
            raise
        except Exception as error:
            raise StateMismatch(f"damaged: {error!r}") from error
        return rows

    def _header_text(self) -> str:
        self.settle()
        return dumps(self._header_parts())

    def _header_parts(self) -> dict[str, Any]:
        return {
            "layout": LAYOUT,
            "clock": self.clock,
            "lapsed": self.lapsed,
            "shape": self.shape,
            "sources": {name: source.clocks() for name, source in self.sources.items()},
            "stages": {stage.name: stage.clocks() for stage in self.stages},
            "counts": dict(self.counts),
            "left": dict(self.left),
        }

    def _take_over(self, header: dict[str, Any]) -> None:
        self.clock = header["clock"]
        self.lapsed = header.get("lapsed", self.clock or 0)
        for name, source in self.sources.items():
            if name in header["sources"]:
                check_clocks(name, header["sources"][name], source.clocks())
                source.set_clocks(header["sources"][name])
        for stage in self.stages:
            if header["shape"].get(stage.name) == self.shape[stage.name]:
                clocks = header["stages"].get(stage.name)
                stage.set_clocks(check_clocks(stage.name, clocks, stage.clocks(), stage.younger))
        self.counts.update(header["counts"])
        self.left.update(header["left"])

    # Time

    def fire(self) -> None:
        """Close what the watermarks made due, end by end over the whole graph, upstream nodes first at each end."""
        if self._firing:
            return
        self._firing = True
        while (end := self._first_due()) < inf:
            for stage in self.stages:
                stage.watermark = max(stage.watermark, min(stage.inputs(), end - stage.delay))
                stage.fire(stage.watermark)
        self._firing = False
        self.settle()
        self._set_dues()

    def rise(self, source: Source, time: int) -> None:
        """A source comes to a time at which something may be due."""
        self.settle()
        source.high = max(source.high, time)
        self.fire()

    def settle(self) -> None:
        """Bring the watermarks up to date where nothing is due: also before sources rise to where something may be."""
        if not self._firing:
            for stage in self.stages:
                stage.watermark = max(stage.watermark, stage.inputs())

    def expect(self, stage: Stage, end: float) -> None:
        """A window that ends at `end` was opened: the sources behind it look out for its end."""
        for source, delay in stage.delays.items():
            source.look_out(end + delay)

    def _first_due(self) -> float:
        """The smallest end that the watermarks will reach, in the time of the sources; infinite where none is due."""
        first = inf
        for stage in self.stages:
            reach = min([one.held(one.potential) for one in stage.upstream])
            stage.potential = max(stage.watermark, reach)
            end = stage.first_end()
            if end <= stage.potential and end + stage.delay < first:
                first = end + stage.delay
        return first

    def _set_dues(self) -> None:
        for source in self.sources.values():
            source.due = inf
        for stage in self.stages:
            end = stage.first_end()
            if end < inf:
                self.expect(stage, end)

    def _move_clock(self, now: int) -> None:
        """Through every due moment in ascending order. A clock that steps back is clamped."""
        if self.clock is None:
            for source in self.sources.values():
                source.start(now)
            self._set_clock(now)
        while (moment := max(self._next_moment(), self.clock or 0)) <= now:
            self._wake(int(moment))
            self._set_clock(int(moment))
            self._tick(int(moment))
        if now >= self.clock:  # type: ignore[operator]
            self.lapsed = now
        if now > self.clock:  # type: ignore[operator]
            self._set_clock(now)

    def _set_clock(self, clock: int) -> None:
        self.settle()
        self._see(clock)
        self.clock = clock
        self.fire()

    def _see(self, clock: int) -> None:
        for source in self.sources.values():
            source.see(clock)

    def _wake(self, moment: int, parked: bool = False) -> None:
        """What is kept for a time alone expires before anything else happens then, and nothing fires meanwhile."""
        self.settle()
        self._firing = True
        self.lapsed = self.lapsed if parked else moment
        for stage in sorted(self.stages, key=lambda stage: stage.parks):
            if self.stopped is None and (stage.parked_until() if parked else stage.wakes_at()) <= moment:
                self.clock = moment
                stage.wake(moment)
        self._firing = False
        self.fire()

    def _tick(self, moment: int) -> None:
        for name, source in self.sources.items():
            if source.next == moment and self.stopped is None:
                values = source.tick()
                if values:
                    self.runners[name](values, {}, None)

    def _next_moment(self) -> float:
        """The next moment at which the clock alone has an effect."""
        if self.clock is None:
            return inf
        moments: list[float] = [source.next for source in self.sources.values() if source.next is not None]
        moments += [stage.wakes_at() for stage in self.stages]
        for stage in self.stages:
            moments += [stage.next_moment(self.clock - delay) + delay for delay in stage.clock_delays]
        return min(moments, default=inf)

    # Packets that don't go the main way

    def failed(self, error: Exception, packet: Packet) -> None:
        """A guard of generated code caught an error. The packet has the data that the failing node received, and the
        id that it had at the head of the method."""
        where = node_at(self.lines, error.__traceback__.tb_lineno if error.__traceback__ else 0)
        data = packet.data
        for counter in self.passed.get(where, ()):
            self.counts[counter] += 1
        try:
            for maker in self.made.get(where, ()):
                data = self.makers[maker](data)
        except Exception:  # in a field that nobody reads and that was left out
            data = packet.data
        self.fail(where, error, packet.derive(data, self.paths.get(where, "")))

    def fail(self, where: str, error: BaseException, packet: Packet) -> None:
        """A node, or a place at it (`pairs.left`, `a -> b`), could not process a packet."""
        node = node_of(where)
        on_error_edge = any(edge[1] == "error" and edge[3:] == (where,) for edge in self.edges)
        self.left[f"{where if ' -> ' in where else node} {'lost' if on_error_edge else 'error'}"] += 1
        file, line = user_line(error, self.file, self.lines)
        failure = Failure(node, error, packet, file, line, where)
        after = self.ports.get(f"{node} error")
        if after is not None and not on_error_edge:
            after(packet.derive(failure.record(), f"/{node}:0"))
        else:
            try:
                failure.data = copy_of(packet.data)  # whoever hears of it may change it
            except Exception:
                failure.data = object.__repr__(packet.data)  # a value that can't be copied is what has failed
                failure.where = ""
            self._failures.append(failure)

    def nowhere(self, packet: Packet) -> None:
        """What follows a node with nothing connected behind it."""

    def secret(self, name: str) -> str:
        """The deployment's secret of that name. Raises KeyError."""
        if name not in self.secrets:
            raise KeyError(f"the secret {name} is not set")
        return self.secrets[name]

    def leave(self, node: str, port: str, packet: Packet) -> None:
        """A packet leaves by `late`, `invalid` or `unmatched`: to what is connected there, else it is dropped."""
        self.left[f"{node} {port}"] += 1
        after = self.ports.get(f"{node} {port}")
        if after is not None:
            after(packet)

    def invalid(self, error: Exception, packet: Packet) -> None:
        """A value without a usable timestamp leaves by `invalid`; it moves no watermark."""
        reason = f"no timestamp: {error.args[0]!r} is missing" if isinstance(error, KeyError) else str(error)
        self.refuse(packet.source, reason, packet)

    def refuse(self, node: str, reason: str, packet: Packet) -> None:
        """A packet that is not what a node asks for leaves by `invalid`, with the reason in its metadata."""
        packet.metadata = {**packet.metadata, "invalid": reason}
        self.leave(node, "invalid", packet)
