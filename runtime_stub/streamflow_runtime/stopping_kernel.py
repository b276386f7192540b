"""Kernels of graphs with the strategy `stop`: a failing packet stops them, and what is to come lines up behind it."""

from __future__ import annotations

from collections.abc import Mapping
from math import inf
from typing import Any, ClassVar

from streamflow_runtime.event_time import event_time, milliseconds
from streamflow_runtime.failure import KeptError, kept, node_of, type_of, user_line
from streamflow_runtime.packet import Packet
from streamflow_runtime.recovering_kernel import RecoveringKernel
from streamflow_runtime.secrets import redact
from streamflow_runtime.stage import Call
from streamflow_runtime.state_checks import StateMismatch
from streamflow_runtime.stopped_line import StoppedLine
from streamflow_runtime.stopping import Stopped


class StoppingKernel(RecoveringKernel):
    """While it is stopped, whatever comes to a place lines up there, and neither the clock nor a watermark moves.

    `go_on` repeats the line in its order. Meanwhile it is `frozen`: packets of the line run with the watermarks of the
    moment at which the kernel stopped, until windows that were due then have fired.
    """

    stops: ClassVar[frozenset[str]] = frozenset()
    """The places where a packet that fails stops the kernel."""

    def __init__(self, secrets: Mapping[str, str] | None = None) -> None:
        self.frozen = False
        super().__init__(secrets)
        self.line = StoppedLine(self)
        self.stages = [*self.stages, self.line]

    @property
    def stopped(self) -> dict[str, Any] | None:
        """Why the kernel is stopped: "node", "packet" (its id), "error", "type", "file", "line", "since" (seconds)."""
        return self.line.reason

    def go_on(self, now: float, skip: bool = False) -> None:
        """Try what failed once more, and go on from there. Raises RuntimeError where the kernel is not stopped.

        `skip`: what failed counts as failed instead, and its other branches run.
        """
        if self.stopped is None:
            raise RuntimeError("the graph is not stopped")
        reason = self.stopped
        error = KeptError(reason["type"], reason["error"], reason["file"], reason["line"])
        for kind, *facts in self.line.repeat(skip):
            if kind == "skip":
                self._give_up(error, *facts)
            else:
                self._repeat(kind, facts)
        self._come_to_now()
        if self.stopped is None:
            for source in self.sources.values():
                source.skip_missed(milliseconds(now))
            self.advance(now)

    # What fails

    def fail(self, where: str, error: BaseException, packet: Packet) -> None:
        if where in self.stops and self.stopped is None:
            self._stop(where, packet.id, error, "packet", where, packet)
        else:
            super().fail(where, error, packet)

    def call_failed(self, node: str, number: int, packet: str, error: BaseException) -> None:
        """The call for a packet of that id failed: it is made again once the kernel goes on."""
        self._stop(node, packet, error, "call", node, number)

    def _stop(self, where: str, packet: str, error: BaseException, *entry: Any) -> None:
        self.settle()
        file, line = user_line(error, self.file, self.lines)
        reason = {
            "node": node_of(where),
            "packet": packet,
            "error": redact(str(error), self.secrets),
            "type": type_of(error),
            "file": file,
            "line": line,
            "since": (self.clock or 0) / 1000,
        }
        self.line.stop(reason, *entry)

    def _give_up(self, error: KeptError, kind: str, where: str, failed: Any) -> None:
        if kind == "packet":
            self.give_up(where, error, failed)
        else:
            next(stage for stage in self.stages if stage.name == where).give_up(failed, error)  # type: ignore[attr-defined]

    # The line

    def waits(self, place: str, packet: Packet) -> bool:
        if self.stopped is None:
            return super().waits(place, packet)
        self.line.add("packet", place, packet)
        return True

    def _repeat(self, kind: str, facts: list[Any]) -> None:
        if kind == "packet":
            place, packet = facts
            self.frozen = not place.endswith(".tick")
            self.places[place](packet)
            self.frozen = False
            return
        if kind == "fire":
            self.fire()
            return
        self._come_to_now()
        if kind == "value":
            self._move_clock(facts[4])
        if self.stopped is not None:
            self.line.add(kind, *facts)
        elif kind == "value":
            source, value, metadata, given, _ = facts
            self.runners[source]([value], metadata, given)
        elif kind == "result":
            id, value, error = facts
            super().resolve(id, value, error=None if error is None else KeptError(*error))

    def check_place(self, place: str) -> None:
        """Raises StateMismatch where a packet of a stored line has no place in this graph."""
        if place not in self.places:
            raise StateMismatch(f"the stored state has packets waiting at `{place}`, which has changed")

    def refuse_entry(self, kind: str, facts: list[Any], error: Exception) -> None:
        """Something in line can't be kept."""
        if kind == "packet":
            self.give_up(facts[0], error, facts[1])
        elif kind == "value":
            name, value, metadata = facts[:3]
            source = self.sources[name]
            source.admitted += 1
            super().fail(name, error, Packet(value, self.clock or 0, name, source.admitted - 1, "", metadata))

    # What the host calls

    def push(
        self,
        source: str,
        values: list[Any],
        now: float,
        metadata: dict[str, Any] | None = None,
        timestamp: float | None = None,
    ) -> None:
        """One batch, value by value: what comes after one that fails lines up. Raises Stopped."""
        if self.stopped is not None:
            raise Stopped(self.stopped)
        run = self.runners[source]
        given = None if timestamp is None else event_time(timestamp)
        moment = milliseconds(now)
        self._move_clock(moment)
        for value in values:
            if self.stopped is None:
                run([value], metadata or {}, given)
            else:
                self.line.add("value", source, value, metadata or {}, given, moment)

    def push_json(self, source: str, body: bytes, now: float, metadata: dict[str, Any] | None = None) -> int:
        """A batch as bytes. Raises BadInput, and Stopped."""
        if self.stopped is not None:
            raise Stopped(self.stopped)
        return super().push_json(source, body, now, metadata)

    def resolve(self, id: str, value: Any = None, now: float | None = None, error: BaseException | None = None) -> None:
        if now is not None:
            self._move_clock(milliseconds(now))
        if self.stopped is None:
            super().resolve(id, value, error=error)
        elif any(call.id == id for call in super().pending()):
            self.line.add("result", id, value, None if error is None else kept(error))
        else:
            raise KeyError(id)

    def pending(self) -> list[Call]:
        return super().pending() if self.stopped is None else []

    def next_deadline(self) -> float | None:
        return super().next_deadline() if self.stopped is None else None

    def finish(self) -> None:
        """The end of input. Raises Stopped, and RuntimeError while packets wait at a node."""
        if self.stopped is not None:
            raise Stopped(self.stopped)
        super().finish()

    def metrics(self) -> dict[str, Any]:
        return {**super().metrics(), "stopped": self.stopped}

    # Time

    def settle(self) -> None:
        if self.stopped is None and not self.frozen:
            super().settle()

    def fire(self) -> None:
        if self._firing or self.frozen or self.stopped is not None:
            return
        self._firing = True
        while self.stopped is None and (end := self._first_due()) < inf:
            for stage in self.stages:
                if self.stopped is None:
                    stage.watermark = max(stage.watermark, min(stage.inputs(), end - stage.delay))
                    stage.fire(stage.watermark)
        self._firing = False
        self.settle()
        self._set_dues()
        if self.stopped is not None:
            self.line.add("fire")

    def _move_clock(self, now: int) -> None:
        if self.stopped is None:
            super()._move_clock(now)

    def _come_to_now(self) -> None:
        """What the stop kept from happening at this moment of the clock."""
        assert self.clock is not None
        if self.stopped is None:
            self._wake(self.clock)
        self._set_clock(self.clock)

    def _next_moment(self) -> float:
        return super()._next_moment() if self.stopped is None else inf

    def _set_clock(self, clock: int) -> None:
        if self.stopped is None:
            super()._set_clock(clock)

    def _wake(self, moment: int, parked: bool = False) -> None:
        if self.stopped is not None:
            raise Stopped(self.stopped)
        super()._wake(moment, parked)
