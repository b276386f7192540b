"""Session windows: `[first, last + gap)`; a packet between two sessions merges them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import inf
from typing import TYPE_CHECKING, Any, Unpack

from streamflow_runtime.packet import Packet
from streamflow_runtime.stage import Source, Stage
from streamflow_runtime.timed import TimedKept, TimedWindows, Timing

if TYPE_CHECKING:
    from streamflow_runtime.kernel import Kernel


class Session(TimedKept):
    """The packets of a session. A merge appends those of another, so each has its place in the order of arrival."""

    def __init__(self, key: Any, window: str, order: int, start: int, end: int, *state: Any) -> None:
        super().__init__(key, window, order, start, end, *state)
        self.arrivals: list[int] = []

    def in_order(self) -> list[Packet]:
        by_time = sorted(range(len(self.packets)), key=lambda at: (self.packets[at].time, self.arrivals[at]))
        return [self.packets[at] for at in by_time]

    def part(self, index: int) -> list[Any]:
        return [self.arrivals[index], *super().part(index)]

    def drop(self, index: int) -> Packet:
        del self.arrivals[index]
        return super().drop(index)

    def merge(self, other: Session) -> None:
        """Take over another session of the key."""
        self.start, self.end = min(self.start, other.start), max(self.end, other.end)
        self.packets += other.packets
        self.arrivals += other.arrivals
        self.fresh += other.fresh
        self.revision = max(self.revision, other.revision)
        self.fired = self.fired and other.fired
        self.early = None

    def take_over(self, parts: list[list[Any]]) -> None:
        self.arrivals = [part[0] for part in parts]
        super().take_over([part[1:] for part in parts])


class SessionWindows(TimedWindows):
    """`gap` and `max_duration` in ms; without the latter, sessions are of any length."""

    kept = Session

    def __init__(
        self,
        kernel: Kernel,
        name: str,
        upstream: Sequence[Source | Stage],
        gap: int,
        max_duration: int = 0,
        **settings: Unpack[Timing],
    ) -> None:
        super().__init__(kernel, name, upstream, **settings)
        self.gap, self.longest = gap, max_duration or inf
        self.keys: dict[Any, list[Session]] = {}

    def add(self, packet: Packet, key: Any = None) -> None:
        """The packet joins the session that it touches, merges two, starts one, or leaves by `late`."""
        start, end = packet.time, packet.time + self.gap
        touched = [session for session in self.keys.get(key, ()) if session.start < end and start < session.end]
        if touched and self.longest < inf:
            touched = self._within_longest(touched, start, end)
        if touched:
            session = touched[0] if len(touched) == 1 else self._merge(touched)
            self._extend(session, start, end)
        else:
            self.kernel.settle()
            if end + self.lateness <= self.watermark:
                self.kernel.leave(self.name, "late", packet)
                return
            session = self.opened(key, str(self.entered), start, end)
            session.fired = end <= self.watermark
            self.reopen(session)
        if self.contents is None:
            session.arrivals.append(self.arrived)
            self.arrived += 1
        self.join(session, packet)

    def open_windows(self) -> Iterable[Session]:
        return [session for sessions in self.keys.values() for session in sessions]

    def reopen(self, kept: Session) -> None:
        self.keys.setdefault(kept.key, []).append(kept)
        self.schedule(kept)

    def remove(self, kept: Session) -> None:
        sessions = self.keys[kept.key]
        sessions.remove(kept)
        if not sessions:
            del self.keys[kept.key]

    def _within_longest(self, touched: list[Session], start: int, end: int) -> list[Session]:
        """The sessions that the packet may join, earlier ones first, so that what it makes is not too long."""
        joined = []
        for session in sorted(touched, key=lambda session: (session.start, session.order)):
            both_start, both_end = min(start, session.start), max(end, session.end)
            if both_end - both_start <= self.longest:
                joined.append(session)
                start, end = both_start, both_end
        return joined

    def _merge(self, touched: list[Session]) -> Session:
        """The session entered first takes over the packets of the others."""
        first, *others = sorted(touched, key=lambda session: session.order)
        for other in others:
            first.merge(other)
            self.leave_index(other)
        self.schedule(first)
        return first

    def _extend(self, session: Session, start: int, end: int) -> None:
        if end > session.end:
            session.end = end
            if session.fired:
                self.kernel.settle()
                session.fired = end <= self.watermark
                self.schedule(session)
        if start < session.start:
            session.start, session.early = start, None
