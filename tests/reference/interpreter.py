"""Runs a graph as the language defines it: one packet at a time, everything copied, everything computed anew.

It is the oracle of the compiled kernel and answers to the same calls. It imports what users write
(`streamflow.dsl`) and nothing of the compiler.
"""

from __future__ import annotations

import inspect
import json
import math
from collections.abc import Mapping
from contextlib import suppress
from copy import deepcopy
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from reference import counted, idleness
from reference.aggregations import result_of, values_of
from reference.calls import call, call_aggregate, call_join, key_of, line_of, timestamp_of
from reference.counted import LAST, count, send_rest, waits_for_end
from reference.formats import convert
from reference.global_windows import add_forever, bounds_of, send_at_moments
from reference.joins import end_of, lag, outer_sides, partners
from reference.keyed import dedupe, expire, expiries, is_known, let_go, rate_limit, releases, sample, stateful_map
from reference.packet import Call, Failure, Packet, Question, Window, copied, milliseconds, seconds
from reference.recovery import (
    call_is_made_again,
    held,
    is_tried_again,
    policies_of,
    retries,
    strategies_of,
    try_again,
    waits,
)
from reference.rolling import put_into, roll
from reference.schemas import fits
from reference.state import OpenWindow, Parked, Retrying, State, Waiting
from reference.stopping import go_on, lines_up, stops_here
from reference.ticks import next_tick
from reference.topology import Route, delays_of, routes_of, turns_of
from streamflow.dsl.graph import GraphDefinition

_CLOSING = ("aggregate.time", "aggregate.session", "aggregate.custom")  # kinds whose windows have an end in time


class Interpreter:
    """Fresh state of one graph. Times in arguments and results are seconds."""

    def __init__(self, graph: GraphDefinition) -> None:
        self.nodes = {node.name: node for node in graph.nodes}
        self.routes = routes_of(graph)
        self.turns = turns_of(graph, self.routes)
        lags = {node.name: lag(node) for node in graph.nodes}
        self.delays = {name: delays_of(name, self.routes, lags) for name in self.nodes}
        self.timers = [node.name for node in graph.nodes if node.kind == "source.timer"]
        self.strategies, self.policies = strategies_of(graph), policies_of(graph)
        self.trying: Retrying | None = None
        self.frozen = False
        self._entered: dict[str, tuple[Packet, str]] = {}
        self.state = State(watermarks=dict.fromkeys(self.nodes, -math.inf))
        self.taps = graph.taps
        ends = [*(n.name for n in graph.nodes if n.kind.startswith("sink.")), *graph.taps]
        self._outputs: dict[str, list[Packet]] = {name: [] for name in ends}
        self._failures: list[Failure] = []
        self._firing = False

    # What happens from outside

    def push(
        self,
        source: str,
        values: list[Any],
        now: float,
        metadata: Mapping[str, Any] | None = None,
        timestamp: float | None = None,
    ) -> None:
        """One batch arrives at `now`; `timestamp` overrides the event time of all of it."""
        if self.state.stopped is not None:
            raise RuntimeError("stopped")
        self.move_clock(milliseconds(now))
        for value in values:
            if self.state.stopped is None:
                self.take_one(source, value, metadata or {}, timestamp)
            else:
                self.state.line.append(("value", source, copied(value), metadata or {}, timestamp, milliseconds(now)))

    def take_one(self, source: str, value: Any, metadata: Mapping[str, Any], timestamp: float | None) -> None:
        """One value of a batch comes to a source, or to a tap."""
        if source in self.taps:
            self._put_in(source, [value], metadata, timestamp)
        else:
            self._enter(self._admit(source, value, metadata), timestamp)

    def go_on(self, now: float, skip: bool = False) -> None:
        """After a stop, what failed is tried again, or skipped."""
        go_on(self, milliseconds(now), skip)

    def advance(self, now: float) -> None:
        """Time passes: windows close, timers fire."""
        self.move_clock(milliseconds(now))

    def resolve(self, id: str, value: Any = None, *, now: float, error: BaseException | None = None) -> None:
        """The result of a parked call, or its error."""
        self.move_clock(milliseconds(now))
        if self.state.stopped is not None:
            self.state.line.append(("result", id, copied(value), error))
        else:
            self.take_result(id, value, error)

    def take_result(self, id: str, value: Any, error: BaseException | None) -> None:
        """Results leave in their order, unless the call is to be made again."""
        name = id.partition(":")[0]
        [parked] = [p for p in self.state.parked[name] if f"{name}:{p.number}" == id]
        if error is not None and call_is_made_again(self, name, parked):
            return
        if error is not None and stops_here(self, name, parked.packet, "call", id, error=error):
            return
        self._resolve(name, parked, value, error)

    def release_failed(self, id: str, error: BaseException) -> None:
        """The call that stopped the graph counts as failed."""
        name = id.partition(":")[0]
        [parked] = [p for p in self.state.parked[name] if f"{name}:{p.number}" == id]
        self._resolve(name, parked, None, error)

    def _resolve(self, name: str, parked: Parked, value: Any, error: BaseException | None) -> None:
        parked.resolved, parked.value, parked.error = True, copied(value), error
        while (ready := self._next_released(name)) is not None:
            self._release(name, ready)

    def finish(self) -> None:
        """End of input: every watermark is infinite. Raises RuntimeError while calls are unresolved, or stopped."""
        if self.state.stopped is not None:
            raise RuntimeError("stopped")
        if any(any(line.values()) for line in (self.state.parked, self.state.delayed, self.state.retrying)):
            raise RuntimeError("calls are pending")
        self.state.last = {name: self.output_watermark(name, mark) for name, mark in self.state.watermarks.items()}
        self.state.ended = True
        self.state.risen.clear()
        self.fire_due()

    def hurry(self) -> bool:
        """The clock jumps to where the next packet that waits for it goes on; nothing else that waits happens."""
        waiting = [*releases(self), *retries(self)]
        if not waiting or self.state.stopped is not None:
            return False
        before = self.state.clock
        assert before is not None
        self.state.clock = max(before, min(waiting))
        for timer in self.timers:
            if self.state.next_tick[timer] <= self.state.clock:
                self.state.next_tick[timer] = next_tick(self.nodes[timer].options, self.state.clock)
        self._wake(before, expiring=False)
        if self.state.stopped is None:
            idleness.let_pass(self, self.state.clock - before)
            self.fire_due()
        return True

    def _wake(self, before: int, expiring: bool) -> None:
        """What waits for this moment goes on, and nothing fires meanwhile; then what fires as of the moment before."""
        self._firing = True
        for steps in ((expire,), (try_again, let_go)) if expiring else ((try_again, let_go),):
            for name in self.turns:
                for step in steps:
                    if self.state.stopped is None:
                        step(self, name)
        self._firing = False
        self.state.seen = before
        self.fire_due()
        if self.state.stopped is None:
            self.state.seen = None

    def take(self, name: str) -> list[Packet]:
        """What reached a sink since the last take."""
        taken, self._outputs[name] = self._outputs[name], []
        return taken

    def pending(self) -> list[Call]:
        """The calls that may run now, in order of arrival: the first `concurrency` of each node."""
        if self.state.stopped is not None:
            return []
        first: list[tuple[int, Call]] = []
        for name in (name for name, line in self.state.parked.items() if line):
            unresolved = [one for one in self.state.parked[name] if not one.resolved and one.due is None]
            for parked in unresolved[: _concurrency(self.nodes[name])]:
                first.append((parked.arrived, self._call(name, parked)))
        return [call for _, call in sorted(first, key=lambda each: each[0])]

    def failures(self) -> list[Failure]:
        """Failures that no `error` edge took, since the last call."""
        taken, self._failures = self._failures, []
        return taken

    def metrics(self) -> dict[str, Any]:
        """Counts of every node, and of the graph: admitted at sources, dropped anywhere."""
        counts = self.state.counts
        nodes = {
            name: {
                "packets_processed": counts[name].processed,
                "packets_dropped": dict(counts[name].dropped),
                "packets_rejected": counts[name].rejected,
                "retries": counts[name].retries,
            }
            for name in self.nodes
        }
        return {
            "packets_processed": self.state.admitted.total(),
            "packets_dropped": sum(counts[name].dropped.total() for name in self.nodes),
            "nodes": nodes,
        }

    def snapshot(self) -> State:
        """The whole state, without outputs and failures not yet taken."""
        return deepcopy(self.state)

    def restore(self, saved: State) -> None:
        """Go on from a snapshot."""
        self.state = deepcopy(saved)

    def note(self, what: str) -> None:
        """Something happened that tests may want to know."""

    # The clock

    def move_clock(self, now: int) -> None:
        """Through every due moment in ascending order, then to `now`."""
        state = self.state
        if state.stopped is not None:
            return
        if state.clock is None:
            state.clock = now
            for timer in self.timers:
                state.next_tick[timer] = next_tick(self.nodes[timer].options, now)
            idleness.start(self, now)
        while state.stopped is None and (due := [moment for moment in self._moments() if moment <= now]):
            before, state.clock = state.clock, min(due)
            self.come_to(before)
            for timer in self.timers:
                if state.next_tick[timer] == state.clock and state.stopped is None:
                    self._tick(timer)
        if state.stopped is None:
            before, state.clock = state.clock, max(state.clock, now)
            idleness.let_pass(self, state.clock - before)
            self.fire_due()

    def come_to(self, before: int) -> None:
        """What waits for this moment goes on, then windows close; `before` is the moment before."""
        assert self.state.clock is not None
        before = before if self.state.seen is None else self.state.seen
        self._wake(before, expiring=True)
        if self.state.stopped is None:
            idleness.let_pass(self, self.state.clock - before)
            self.fire_due()

    def _moments(self) -> list[int]:
        """Timer ticks, and ends of open windows that the clock can close."""
        state = self.state
        ends = [
            end + delay
            for name in self.nodes
            for other, delay in self.delays[name].items()
            if self._is_arrival_time(other)
            for end in self.ends(name)
        ]
        assert state.clock is not None
        waiting = [*state.next_tick.values(), *expiries(self), *releases(self), *retries(self)]
        passing = [int(moment) for moment in (*ends, *idleness.moments(self)) if moment > state.clock]
        return [*passing, *(max(moment, state.clock) for moment in waiting)]

    def _is_arrival_time(self, name: str) -> bool:
        node = self.nodes[name]
        return node.kind.startswith("source.") and node.options.timestamp is None

    def _tick(self, timer: str) -> None:
        number = self.state.ticks[timer]
        self.state.ticks[timer] += 1
        self.state.next_tick[timer] = next_tick(self.nodes[timer].options, self.state.next_tick[timer])
        function = self.nodes[timer].options.function
        try:
            if waits(self, timer, timer, waiting := self._tick_packet(timer, number)):
                self._count_in(waiting)
                return
            value = number if function is None else function(number)
        except Exception as error:
            self._fail(timer, self._admit(timer, number, {}), error, function, place=timer)
            return
        if value is not None:
            self._enter(self._admit(timer, value, {}), None)

    def _tick_again(self, timer: str, packet: Packet) -> None:
        function = self.nodes[timer].options.function
        try:
            value = function(packet.data)
        except Exception as error:
            self._fail(timer, packet, error, function, place=timer)
            return
        if value is not None:
            self._enter(replace(packet, data=copied(value)), None)

    # Watermarks and windows that they close

    def fire_due(self) -> None:
        """End by end, smallest first, over the whole graph. Behind a join that lags, its lag counts too."""
        if self._firing or self.frozen or self.state.stopped is not None:
            return
        self._firing = True
        while self.state.stopped is None and (due := self._due_ends()):
            self._take_turns(min(due))
        self._take_turns(math.inf)
        self._firing = False
        if self.state.stopped is not None:
            self.state.line.append(("fire",))

    def _due_ends(self) -> list[int]:
        """Ends, in the time of the sources, that the watermarks would pass if every node took its turn now."""
        reach: dict[str, float] = {}
        for name in self.turns:
            reach[name] = max(self.state.watermarks[name], self._input_watermark(name, reach))
        return [end + self._delay(name) for name in self.nodes for end in self.ends(name) if end <= reach[name]]

    def _take_turns(self, end: float) -> None:
        """Upstream first, every node's watermark rises to `end` (if its inputs let it) and closes its windows."""
        watermarks = self.state.watermarks
        for name in self.turns:
            if self.state.stopped is not None:
                return
            own_end = end - self._delay(name)
            watermarks[name] = max(watermarks[name], min(own_end, self._input_watermark(name, watermarks)))
            if name in self._windowed():
                self._close_windows(name)
            elif self.nodes[name].kind == "aggregate.global":
                send_at_moments(self, name)
            elif self.nodes[name].kind == "aggregate.count":
                counted.send_at_moments(self, name)
            elif self.nodes[name].kind == "join.within":
                self._give_up(name)
            elif self.nodes[name].kind == "join.window":
                self._pair_windows(name)
            send_rest(self, name)

    def _delay(self, name: str) -> int:
        """How far a node's watermark stays behind the sources."""
        return max(self.delays[name].values())

    def ends(self, name: str) -> list[int]:
        """Watermarks at which a node sends something."""
        return [*self._ends_in_time(name), *([LAST] if waits_for_end(self, name) else [])]

    def _ends_in_time(self, name: str) -> list[int]:
        if name in self._windowed():
            return [self._due(name, window) for window in self.state.open[name]]
        if self.nodes[name].kind in ("aggregate.global", "aggregate.count"):
            return [window.early for window in self.state.open[name] if window.early is not None]
        if self.nodes[name].kind == "join.window":
            return [window.end for window in self.state.open[name]]
        return [end_of(self.nodes[name].options, waiting) for waiting in self._alone(name)]

    def _input_watermark(self, name: str, watermarks: Mapping[str, float]) -> float:
        risen = self.state.risen
        if self.nodes[name].kind.startswith("source."):
            return max(self.source_watermark(name), risen.get(name, -math.inf))
        inputs = self.inputs(name)
        found = [self.output_watermark(origin, watermarks[origin]) for origin in inputs if origin not in risen]
        if inputs and not found:
            found.append(risen[name])
        found += [idleness.hold_of(self, origin, watermarks) for origin in inputs if origin in risen]
        return min([*found, *held(self, name, behind=False)], default=math.inf)

    def inputs(self, name: str) -> set[str]:
        """The nodes that lead to a node, and that some source reaches."""
        origins = {route.origin for route in self.routes if route.target == name}
        return {origin for origin in origins if any(one.startswith("source.") for one in self._kinds_before(origin))}

    def _kinds_before(self, name: str) -> list[str]:
        return [self.nodes[other].kind for other in self.delays[name]]

    def output_watermark(self, name: str, watermark: float) -> float:
        """What leaves a node whose own is `watermark`."""
        if waits_for_end(self, name):
            return self.state.last[name]
        parked = [milliseconds(parked.packet.timestamp) for parked in self.state.parked[name]]
        alone = [milliseconds(waiting.packet.timestamp) for waiting in self._alone(name)]
        delayed = [milliseconds(delayed.packet.timestamp) for delayed in self.state.delayed[name]]
        reach = min([watermark - self.lag(name), *parked, *alone, *delayed, *held(self, name, behind=True)])
        return max(reach, self.state.sent.get(name, -math.inf))

    def let_wait(self, name: str) -> None:
        """A packet is about to wait at a node: however old it is, what has left the node does not go back."""
        self.state.sent[name] = self.output_watermark(name, self.state.watermarks[name])

    def lag(self, name: str) -> int:
        """How far the watermark that leaves a node stays behind its own."""
        return lag(self.nodes[name])

    def source_watermark(self, name: str) -> float:
        """The largest timestamp less the bound of disorder, or the clock."""
        state, options = self.state, self.nodes[name].options
        if state.ended:
            return math.inf
        if options.timestamp is not None:
            return state.newest[name] - options.out_of_orderness if name in state.newest else -math.inf
        seen = state.clock if self.state.seen is None else self.state.seen
        return -math.inf if seen is None else seen

    def _windowed(self) -> list[str]:
        return [name for name, node in self.nodes.items() if node.kind in _CLOSING]

    def _due(self, name: str, window: OpenWindow) -> int:
        """The next moment of a window: of an early result, its end, or the end of its lateness."""
        if window.fired:
            return window.end + self.nodes[name].options.allowed_lateness
        return window.end if window.early is None else min(window.early, window.end)

    def _close_windows(self, name: str) -> None:
        """All that the watermark has made due, in order of time."""
        while due := [w for w in self.state.open[name] if self._due(name, w) <= self.state.watermarks[name]]:
            window = min(due, key=lambda window: (self._due(name, window), window.entered))
            if window.fired:
                self.state.open[name].remove(window)
                continue
            window.fired = self._due(name, window) == window.end
            window.early = None
            if window.fresh:
                self._send_window(name, window)

    def _send_window(self, name: str, window: OpenWindow) -> None:
        """The next result of a window that has an end in time."""
        window.fresh = 0
        last, number = seconds(window.end - 1), window.results
        if self._send_result(name, window.key, window.start, window.end, window.packets, last, number, number):
            window.results += 1

    # Sources and taps

    def _put_in(self, tap: str, values: list[Any], metadata: Mapping[str, Any], override: float | None) -> None:
        """Packets that enter a tap have the present time and move no watermark."""
        assert self.state.clock is not None
        time = seconds(self.state.clock if override is None else milliseconds(override))
        for value in values:
            id = f"{tap}:{self.state.tapped[tap]}"
            self.state.tapped[tap] += 1
            self._run(tap, Packet(copied(value), time, id, source=tap, metadata=copied(dict(metadata))))

    def _admit(self, source: str, value: Any, metadata: Mapping[str, Any]) -> Packet:
        asked = dict.fromkeys(getattr(self.nodes[source].options, "metadata", ()))
        packet = replace(self._tick_packet(source, value), metadata=copied({**asked, **metadata}))
        self._count_in(packet)
        return packet

    def _tick_packet(self, source: str, value: Any) -> Packet:
        """The next packet of a source, not counted yet."""
        assert self.state.clock is not None
        id = f"{source}:{self.state.admitted[source]}"
        return Packet(copied(value), seconds(self.state.clock), id, source=source)

    def _count_in(self, packet: Packet) -> None:
        self.state.admitted[packet.source] += 1
        self.state.counts[packet.source].processed += 1

    def _enter(self, packet: Packet, override: float | None) -> None:
        """Timestamp, watermark, due windows, key, then the packet itself."""
        name, options = packet.source, self.nodes[packet.source].options
        if override is not None and options.timestamp is None:
            packet = replace(packet, timestamp=seconds(milliseconds(override)))
        if options.schema is not None and not fits(options.schema, packet.data):
            self._refuse(name, packet, "does not fit")
            return
        as_it_came = packet
        if override is not None:
            packet = replace(packet, timestamp=seconds(milliseconds(override)))
        elif options.timestamp is not None:
            try:
                packet = replace(packet, timestamp=seconds(timestamp_of(options.timestamp, packet)))
            except Exception as error:
                self._refuse(name, packet, str(error))
                return
        if options.max_ahead is not None and milliseconds(packet.timestamp) > self.state.clock + options.max_ahead:
            self._refuse(name, as_it_came, "too far ahead")
            return
        if options.dedupe_key is not None:
            try:
                known = is_known(self, name, key_of(options.dedupe_key, packet), options.dedupe_within)
            except Exception as error:
                self._fail(name, packet, error, options.dedupe_key)
                return
            if known:
                self.state.counts[name].rejected += 1
                return
        idleness.speak(self, name)
        if options.timestamp is not None:
            moment = milliseconds(packet.timestamp)
            self.state.newest[name] = max(self.state.newest.get(name, moment), moment)
        self.fire_due()
        self._take_in(name, packet)

    def _take_in(self, name: str, packet: Packet) -> None:
        """The key, and then all that follows from a packet of a source."""
        options = self.nodes[name].options
        if options.key is not None:
            apart = self.strategies[name] != "continue"
            if apart and (lines_up(self, name, f"{name}.key", packet) or waits(self, name, f"{name}.key", packet)):
                return
            try:
                packet = replace(packet, key=key_of(options.key, packet))
            except Exception as error:
                self._fail(name, packet, error, options.key, place=f"{name}.key")
                return
        self._emit(name, "out", packet)

    def _refuse(self, name: str, packet: Packet, reason: str) -> None:
        marked = replace(packet, metadata={**packet.metadata, "invalid": reason})
        self._leave(name, "invalid", marked)

    # Nodes

    def _run(self, name: str, packet: Packet, into: str = "in") -> None:
        """One packet comes to a node."""
        self.state.counts[name].processed += 1
        place = f"{name}.{into}"
        if not lines_up(self, name, place, packet) and not waits(self, name, place, packet):
            self._process(name, packet, into)

    def enter_again(self, name: str, place: str, packet: Packet) -> None:
        """A packet that has waited at a place goes on there."""
        if place == name:
            self._tick_again(name, packet)
        elif place == f"{name}.key":
            self._take_in(name, packet)
        elif " -> " in place:
            self._cross(self.routes[int(place.rpartition(" ")[2])], packet)
        else:
            self._process(name, packet, place.rpartition(".")[2])

    def _process(self, name: str, packet: Packet, into: str) -> None:
        """One packet at one node, and then all that follows from it."""
        self._entered[name] = (packet, f"{name}.{into}")
        kind = self.nodes[name].kind
        if kind == "transform":
            self._transform(name, packet)
        elif kind == "transform.stateful_map":
            stateful_map(self, name, packet)
        elif kind == "transform.flat_map":
            self._flat_map(name, packet)
        elif kind == "filter":
            self._filter(name, packet)
        elif kind == "filter.dedupe":
            dedupe(self, name, packet)
        elif kind == "filter.sample":
            sample(self, name, packet)
        elif kind == "filter.rate_limit":
            rate_limit(self, name, packet)
        elif kind == "transform.enrich":
            self._enrich(name, packet)
        elif kind == "transform.convert":
            self._convert(name, packet)
        elif kind == "filter.route":
            self._route(name, packet)
        elif kind == "filter.validate":
            self._validate(name, packet)
        elif kind.startswith("aggregate."):
            self._aggregate(name, packet)
        elif kind.startswith("join."):
            self._join(name, packet, into)
        elif kind.startswith("sink."):
            self._outputs[name].append(packet)
        else:
            raise NotImplementedError(kind)

    def _transform(self, name: str, packet: Packet) -> None:
        function = self.nodes[name].options.function
        if inspect.iscoroutinefunction(function):
            self._park(name, packet)
            return
        try:
            value = call(function, packet)
        except Exception as error:
            self._fail(name, packet, error, function)
        else:
            self._send_value(name, packet, value)

    def _flat_map(self, name: str, packet: Packet) -> None:
        function = self.nodes[name].options.function
        try:
            result = call(function, packet)
            if isinstance(result, (str, bytes, dict)):
                raise TypeError(f"a flat_map gives a list or another iterable of values, not {type(result).__name__}")
            values = [] if result is None else list(result)
        except Exception as error:
            self._fail(name, packet, error, function)
            return
        for index, value in enumerate(values):
            if value is not None:
                self._emit(name, "out", replace(packet, data=value, id=f"{packet.id}/{name}:{index}"))

    def _send_value(self, name: str, packet: Packet, value: Any) -> None:
        if value is not None:
            self._emit(name, "out", replace(packet, data=value, id=f"{packet.id}/{name}:0"))

    def _filter(self, name: str, packet: Packet) -> None:
        function = self.nodes[name].options.function
        try:
            kept = call(function, packet)
        except Exception as error:
            self._fail(name, packet, error, function)
            return
        if kept:
            self._emit(name, "out", packet)
        else:
            self.state.counts[name].rejected += 1
            self._emit(name, "rejected", packet)

    def _route(self, name: str, packet: Packet) -> None:
        options, function = self.nodes[name].options, self.nodes[name].options.function
        port = None
        try:
            if options.cases is None:
                named = call(function, packet)
                known = named in [route.port for route in self.routes if route.origin == name] and named != "error"
                port = named if known else None
            else:
                for case, function in options.cases.items():
                    if call(function, packet):
                        port = case
                        break
        except Exception as error:
            self._fail(name, packet, error, function)
            return
        port = port or options.default
        if port is None or not self._edges(name, port):
            self.state.counts[name].dropped["no route"] += 1
        else:
            self._emit(name, port, packet)

    def _enrich(self, name: str, packet: Packet) -> None:
        options = self.nodes[name].options
        if not isinstance(options.lookup, dict):
            self._ask(name, packet)
            return
        try:
            key = key_of(options.key, packet)
            found = key in options.lookup
            data = {**packet.data, options.into: options.lookup[key]} if found else None
        except Exception as error:
            self._fail(name, packet, error, options.key)
            return
        if found:
            self._send_value(name, packet, data)
        else:
            self._leave(name, "missing", packet)

    def _ask(self, name: str, packet: Packet) -> None:
        """The packet waits for what somebody else says of its key."""
        try:
            key = key_of(self.nodes[name].options.key, packet)
        except Exception as error:
            self._fail(name, packet, error, self.nodes[name].options.key)
            return
        self._park(name, packet)
        self.state.parked[name][-1].key = key

    def _send_found(self, name: str, packet: Packet, found: Any) -> None:
        """What was found for the key becomes a field, if anything was."""
        if found is None:
            self._leave(name, "missing", packet)
            return
        try:
            data = {**packet.data, self.nodes[name].options.into: found}
        except TypeError as error:
            self._fail(name, packet, error, None, place="")
        else:
            self._send_value(name, packet, data)

    def _convert(self, name: str, packet: Packet) -> None:
        try:
            value = convert(self.nodes[name].options, name, packet)
        except Exception as error:
            self._refuse(name, packet, str(error))
        else:
            self._emit(name, "out", replace(packet, data=value, id=f"{packet.id}/{name}:0"))

    def _validate(self, name: str, packet: Packet) -> None:
        if fits(self.nodes[name].options.schema, packet.data):
            self._emit(name, "out", packet)
        else:
            self._refuse(name, packet, "does not fit")

    def _aggregate(self, name: str, packet: Packet) -> None:
        options, key = self.nodes[name].options, None
        if options.key is not None:
            try:
                key = key_of(options.key, packet)
            except Exception as error:
                self._fail(name, packet, error, options.key)
                return
        if options.aggregates is not None:
            try:
                values_of(options.aggregates, packet)
            except Exception as error:
                self._fail(name, packet, error, None)
                return
        if self.nodes[name].kind == "aggregate.count":
            count(self, name, key, packet)
            return
        if self.nodes[name].kind == "aggregate.rolling":
            roll(self, name, key, packet)
            return
        if self.nodes[name].kind == "aggregate.global":
            add_forever(self, name, key, packet)
            return
        if self.nodes[name].kind == "aggregate.custom":
            self._assign(name, key, packet)
            return
        find = {"aggregate.time": self._time_windows, "aggregate.session": self._sessions}[self.nodes[name].kind]
        windows = find(name, key, milliseconds(packet.timestamp))
        if not windows:
            self._leave(name, "late", packet)
        self._join_windows(name, windows, packet)

    def _assign(self, name: str, key: Any, packet: Packet) -> None:
        """The windows that a function gives for a packet, as far as they are not over."""
        options = self.nodes[name].options
        try:
            assigned = bounds_of(options.window, packet)
        except Exception as error:
            self._fail(name, packet, error, options.window)
            return
        windows = []
        for start, end in assigned:
            known = [w for w in self.state.open[name] if (w.key, w.start, w.end) == (key, start, end)]
            if not self._is_late(name, end):
                windows.append(known[0] if known else self._new_window(name, key, start, end))
        if assigned and not windows:
            self._leave(name, "late", packet)
        self._join_windows(name, windows, packet)

    def _join_windows(self, name: str, windows: list[OpenWindow], packet: Packet) -> None:
        for window in windows:
            own = packet if self.nodes[name].options.key is None else replace(packet, key=window.key)
            self._join_window(name, window, own)

    def _join_window(self, name: str, window: OpenWindow, packet: Packet) -> None:
        """The packet joins, and a result follows at once after the window's end, or where `early=` says so."""
        early = self.nodes[name].options.early or {}
        window.packets.append(packet)
        window.fresh += 1
        window.fired = window.end <= self.state.watermarks[name]
        if window.fired or window.fresh >= early.get("count", math.inf):
            self._send_window(name, window)
        elif "interval" in early and window.early is None:
            moment = window.start + early["interval"]
            while moment <= self.state.watermarks[name]:
                moment += early["interval"]
            window.early = moment

    def _is_late(self, name: str, end: int) -> bool:
        return self.state.watermarks[name] >= end + getattr(self.nodes[name].options, "allowed_lateness", 0)

    def _time_windows(self, name: str, key: Any, moment: int) -> list[OpenWindow]:
        """The windows of the packet that are not over yet, the earliest first."""
        options, found = self.nodes[name].options, []
        slide = options.slide or options.duration
        start = (moment - options.offset) // slide * slide + options.offset
        while start + options.duration > moment:
            end = start + options.duration
            if not self._is_late(name, end):
                known = [w for w in self.state.open[name] if w.key == key and w.start == start]
                found.append((start, end, known))
            start -= slide
        return [*(known[0] if known else self._new_window(name, key, start, end) for start, end, known in found[::-1])]

    def _sessions(self, name: str, key: Any, moment: int) -> list[OpenWindow]:
        """The session of the packet, merged with those that it bridges; none if it is late."""
        options = self.nodes[name].options
        start, end = moment, moment + options.gap
        near = [w for w in self.state.open[name] if w.key == key and moment < w.end and w.start < end]
        touched = []
        for window in sorted(near, key=lambda window: (window.start, window.entered)):
            longer = min(start, window.start), max(end, window.end)
            if options.max_duration is None or longer[1] - longer[0] <= options.max_duration:
                touched.append(window)
                start, end = longer
        if self._is_late(name, end):
            return []
        touched.sort(key=lambda window: window.entered)
        merged = touched[0] if touched else self._new_window(name, key, start, end)
        for other in touched[1:]:
            self.state.open[name].remove(other)
            merged.packets += other.packets
            merged.joining += other.joining
            merged.fresh += other.fresh
            merged.results = max(merged.results, other.results)
        if len(touched) > 1 or start != merged.start:
            merged.early = None
        merged.start, merged.end = start, end
        return [merged]

    def _new_window(self, name: str, key: Any, start: int, end: int) -> OpenWindow:
        window = OpenWindow(key, start, end, [], self.state.entered)
        self.state.entered += 1
        self.state.open[name].append(window)
        return window

    def _send_result(
        self,
        name: str,
        key: Any,
        start: int,
        end: int,
        packets: list[Packet],
        timestamp: float,
        ordinal: int,
        revision: int = 0,
    ) -> bool:
        """One result of an aggregate, if it has one; `ordinal` is the last part of its id."""
        window = Window(key, seconds(start), seconds(end))
        spelled = quote(json.dumps(key, separators=(",", ":"), ensure_ascii=False), safe="")
        result = Packet(None, timestamp, f"{name}:{spelled}:{start}:{end}:{ordinal}", key, name, {}, window, revision)
        return self._deliver(name, result, packets)

    def _deliver(self, name: str, result: Packet, packets: list[Packet]) -> bool:
        """Work out the data of a result, and send it. False where it is None."""
        options, window = self.nodes[name].options, result.window
        assert window is not None
        ordered = sorted(packets, key=lambda packet: packet.timestamp)  # stable: ties stay in order of arrival
        try:
            if options.aggregates is None:
                value = call_aggregate(options.function, ordered, window)
            else:
                values = [values_of(options.aggregates, packet) for packet in packets]
                value = result_of(options.aggregates, options.key, packets, values, window)
            value = put_into(options, result.data, value)
        except Exception as error:
            bounds = {"key": window.key, "start": window.start, "end": window.end, "count": len(packets)}
            self._fail(name, replace(result, data=bounds), error, options.function)
            return True
        if value is None:
            return False
        self.state.results[name] += 1
        self._emit(name, "out", replace(result, data=value))
        return True

    # Joins

    def _join(self, name: str, packet: Packet, side: str) -> None:
        options, key = self.nodes[name].options, None
        if options.key is not None:
            try:
                key = key_of(options.key, packet)
            except Exception as error:
                self._fail(name, packet, error, options.key)
                return
        windowed, oldest = self.nodes[name].kind == "join.window", self.state.watermarks[name] - lag(self.nodes[name])
        if not windowed and milliseconds(packet.timestamp) < oldest:
            self._leave(name, "late", packet)
            return
        waiting = Waiting(side, key, packet if options.key is None else replace(packet, key=key), self.state.arrived)
        self.state.arrived += 1
        if windowed:
            self._join_windowed(name, waiting, packet)
        elif self.nodes[name].kind == "join.within":
            self._join_within(name, waiting)
        else:
            self._join_latest(name, waiting)

    def _join_windowed(self, name: str, waiting: Waiting, packet: Packet) -> None:
        """The packet waits in each of its windows, which are those of an aggregate, for their end."""
        options = self.nodes[name].options
        find = self._sessions if options.window == "session" else self._time_windows
        windows = find(name, waiting.key, milliseconds(packet.timestamp))
        if not windows:
            self._leave(name, "late", packet)
        for window in windows:
            own = packet if options.key is None else replace(packet, key=window.key)
            window.joining.append(replace(waiting, packet=own))

    def _join_within(self, name: str, waiting: Waiting) -> None:
        """The pairs run on, then what the packets held of the output watermark goes and due windows fire."""
        kept = self.state.joining[name]
        found = partners(self.nodes[name].options, waiting.packet, waiting.side, waiting.key, kept)
        kept.append(waiting)
        waiting.matched = bool(found)
        for other in found:
            self._send_pair(name, waiting, other)
        for other in found:
            other.matched = True
        self.fire_due()

    def _pair_windows(self, name: str) -> None:
        """The windows that have ended send, key by key, all their pairs, or what is alone in them."""
        kept = self.state.open[name]
        while due := [window for window in kept if window.end <= self.state.watermarks[name]]:
            window = min(due, key=lambda window: (window.end, window.entered))
            kept.remove(window)
            members = sorted(window.joining, key=lambda one: (one.packet.timestamp, one.arrived))
            lefts = [one for one in members if one.side == "left"]
            rights = [one for one in members if one.side == "right"]
            for left in lefts:
                for right in rights:
                    self._send_pair(name, left, right)
            for alone in members if not lefts or not rights else []:
                self._send_alone(name, alone)

    def _join_latest(self, name: str, waiting: Waiting) -> None:
        """A right packet takes the place of its key's record; a left one meets it, or stays alone."""
        kept, options = self.state.joining[name], self.nodes[name].options
        record = next((other for other in kept if other.key == waiting.key), None)
        if waiting.side == "right":
            kept.append(waiting)
            if record is not None:
                kept.remove(record)
                if not record.matched:
                    self._send_alone(name, record)
            return
        if record is not None and options.latest is not True:
            age = milliseconds(waiting.packet.timestamp) - milliseconds(record.packet.timestamp)
            record = record if age <= options.latest else None
        if record is None:
            self._send_alone(name, waiting)
        else:
            record.matched = True
            self._send_pair(name, waiting, record)

    def _alone(self, name: str) -> list[Waiting]:
        """What is to be sent if it stays without a partner."""
        if self.nodes[name].kind != "join.within":
            return []
        sides = ("left", "right") if self._edges(name, "unmatched") else outer_sides(self.nodes[name].options)
        return [waiting for waiting in self.state.joining[name] if waiting.side in sides and not waiting.matched]

    def _give_up(self, name: str) -> None:
        """What can have no partner any more goes on alone."""
        options = self.nodes[name].options
        due = [one for one in self._alone(name) if end_of(options, one) <= self.state.watermarks[name]]
        for waiting in sorted(due, key=lambda one: (end_of(options, one), one.arrived)):
            self.state.joining[name].remove(waiting)
            self._send_alone(name, waiting)

    def _send_alone(self, name: str, waiting: Waiting) -> None:
        """A packet without a partner: a pair with None in an outer join, else it leaves by `unmatched`."""
        if waiting.side in outer_sides(self.nodes[name].options):
            self._send_pair(name, waiting, None)
        else:
            marked = {**waiting.packet.metadata, "side": waiting.side}
            self._emit(name, "unmatched", replace(waiting.packet, metadata=marked))

    def _send_pair(self, name: str, one: Waiting, other: Waiting | None) -> None:
        """A pair goes on, with the later timestamp and all else from left, or from right where left misses."""
        function = self.nodes[name].options.function
        sides = {waiting.side: waiting.packet for waiting in (one, other) if waiting is not None}
        left, right = sides.get("left"), sides.get("right")
        data = {side: copied(sides[side].data) if side in sides else None for side in ("left", "right")}
        timestamp = max(packet.timestamp for packet in sides.values())
        pair = replace(left or right, data=data, timestamp=timestamp)  # type: ignore[type-var]
        try:
            value = data if function is None else call_join(function, left, right)
        except Exception as error:
            self._fail(name, pair, error, function)
            return
        if value is not None:
            number = self.state.joined[name]
            self.state.joined[name] += 1
            self._emit(name, "out", replace(pair, data=value, id=f"{pair.id}/{name}:{number}"))

    # Asynchronous nodes

    def _park(self, name: str, packet: Packet) -> None:
        state = self.state
        self.let_wait(name)
        state.parked[name].append(Parked(state.calls[name], packet, state.arrived))
        state.calls[name] += 1
        state.arrived += 1

    def _call(self, name: str, parked: Parked) -> Call:
        def run() -> Any:
            return call(self.nodes[name].options.function, parked.packet)

        made = (f"{name}:{parked.number}", name, copied(parked.packet.data), run)
        return Question(*made, parked.key) if self.nodes[name].kind == "transform.enrich" else Call(*made)

    def _next_released(self, name: str) -> Parked | None:
        """The first resolved packet of a node before which no packet of its line still waits."""
        line = self.state.parked[name]
        ordered = getattr(self.nodes[name].options, "ordered", True)
        for place, parked in enumerate(line):
            waits = ordered and any(
                not before.resolved and before.packet.key == parked.packet.key for before in line[:place]
            )
            if parked.resolved and not waits:
                return parked
        return None

    def _release(self, name: str, parked: Parked) -> None:
        """The packet runs on, then the hold on the output watermark goes and due windows fire."""
        if parked.error is not None:
            function = getattr(self.nodes[name].options, "function", None)
            self._fail(name, parked.packet, parked.error, function, place="", attempts=parked.failures + 1)
        elif self.nodes[name].kind == "transform.enrich":
            self._send_found(name, parked.packet, parked.value)
        else:
            self._send_value(name, parked.packet, parked.value)
        self.state.parked[name].remove(parked)
        self.fire_due()

    # Edges, failures and packets that nobody takes

    def _emit(self, name: str, port: str, packet: Packet) -> None:
        """Along every edge of a port, in the order written, each to its end before the next. A tap shows it first."""
        if name in self.taps and (port == "out" or (self.nodes[name].kind == "filter.route" and port != "error")):
            with suppress(Exception):  # what can't be copied is not shown
                self._outputs[name].append(packet.copy())
        for route in self._edges(name, port):
            self._cross(route, packet)

    def _cross(self, route: Route, packet: Packet) -> None:
        """Along one edge, if its condition holds."""
        if route.when is not None:
            place = f"{route.origin} -> {route.target} {self.routes.index(route)}"
            if lines_up(self, route.origin, place, packet) or waits(self, route.origin, place, packet):
                return
            try:
                taken = call(route.when, packet)
            except Exception as error:
                self._fail(route.origin, packet, error, route.when, by_edge=route.port != "error", place=place)
                return
            if not taken:
                return
        try:
            branch = packet.copy()
        except Exception as error:
            self.state.counts[route.target].processed += 1
            self._fail(route.target, packet, error, None)
        else:
            self._run(route.target, branch, route.into)

    def _leave(self, name: str, port: str, packet: Packet) -> None:
        """By a port whose packets count as dropped where it isn't wired."""
        if self._edges(name, port):
            self._emit(name, port, packet)
        else:
            self.state.counts[name].dropped[port] += 1

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
        """The packet as the node received it is tried again, leaves by `error`, or is dropped and reported.

        Without a `place`, it failed at the input that it came to, if it is the very packet that did. "": nowhere again.
        """
        entered = self._entered.get(name)
        if place is None and entered is not None and entered[0] is packet:
            place = entered[1]
        if place and is_tried_again(self, name, place, packet):
            return
        if place and self.trying is not None and self.trying.place == place:
            attempts = self.trying.failures + 1
        if place and stops_here(self, name, packet, "packet", name, place, packet, error=error):
            return
        line = line_of(error, function, self.nodes[name].span.line)
        if by_edge and self._edges(name, "error"):
            what = {"error": str(error), "type": type(error).__name__, "node": name, "line": line, "data": packet.data}
            self._emit(name, "error", replace(packet, data=what, id=f"{packet.id}/{name}:0"))
            return
        self.state.counts[name].dropped["error"] += 1
        code = getattr(function, "__code__", None)
        file = code.co_filename if code is not None else None
        try:
            packet = packet.copy()
        except Exception:
            packet = replace(packet, data=object.__repr__(packet.data))
        kind = type(error).__name__
        self._failures.append(Failure(name, str(error), kind, error, line, file, packet.data, packet, attempts))

    def _edges(self, name: str, port: str) -> list[Route]:
        return [route for route in self.routes if route.origin == name and route.port == port]


def _concurrency(node: Any) -> int:
    """How many calls of a node may run at once: stores answer many questions together, servers one."""
    if node.kind == "transform.enrich":
        return 16 if isinstance(node.options.lookup, str) else 200
    return int(node.options.concurrency)
