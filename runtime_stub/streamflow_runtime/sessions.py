"""Session windows: `[first, last + gap)`; a packet between two sessions merges them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from heapq import heappop, heappush
from math import inf
from typing import TYPE_CHECKING, Any

from streamflow_runtime.kept import Kept
from streamflow_runtime.packet import Packet
from streamflow_runtime.stage import Source, Stage
from streamflow_runtime.windows import Result, Windows

if TYPE_CHECKING:
    from streamflow_runtime.kernel import Kernel


class Session(Kept):
    """The packets of a session. A merge appends those of another, so each has its place in the order of arrival."""

    def __init__(self, key: Any, window: str, order: int, start: int, end: int) -> None:
        super().__init__(key, window, order, start, end)
        self.arrivals: list[int] = []
        self.open = True

    def in_order(self) -> list[Packet]:
        by_time = sorted(range(len(self.packets)), key=lambda at: (self.packets[at].time, self.arrivals[at]))
        return [self.packets[at] for at in by_time]

    def part(self, index: int) -> list[Any]:
        return [self.arrivals[index], *super().part(index)]

    def drop(self, index: int) -> Packet:
        del self.arrivals[index]
        return super().drop(index)

    def take_over(self, parts: list[list[Any]]) -> None:
        self.arrivals = [part[0] for part in parts]
        super().take_over([part[1:] for part in parts])


class SessionWindows(Windows):
    """`gap` in ms. A heap holds an end per session: its own, or one that it has outgrown since."""

    kept = Session

    def __init__(
        self,
        kernel: Kernel,
        name: str,
        upstream: Sequence[Source | Stage],
        result: Result,
        after: Callable[[Packet], None],
        gap: int,
        keyed: bool = False,
        mutates: bool = False,
    ) -> None:
        super().__init__(kernel, name, upstream, result, after, keyed, mutates)
        self.gap = gap
        self.keys: dict[Any, list[Session]] = {}
        self.heap: list[tuple[int, int, Session]] = []
        self.arrived = 0

    def add(self, packet: Packet, key: Any = None) -> None:
        """The packet joins the session that it touches, merges two, starts one, or leaves by `late`."""
        start, end = packet.time, packet.time + self.gap
        touched = [session for session in self.keys.get(key, ()) if session.start < end and start < session.end]
        if touched:
            session = touched[0] if len(touched) == 1 else self._merge(key, touched)
            if end > session.end:
                session.end = end
            if start < session.start:
                session.start = start
        else:
            self.kernel.settle()
            if end <= self.watermark:
                self.kernel.leave(self.name, "late", packet)
                return
            session = self.opened(key, str(self.entered), start, end)
            self.reopen(session)
            self.kernel.expect(self, end)
        session.arrivals.append(self.arrived)
        self.arrived += 1
        self.keep(session, packet)

    def first_end(self) -> float:
        while self.heap:
            end, order, session = self.heap[0]
            if session.open and session.end == end:
                break
            heappop(self.heap)
            if session.open:
                heappush(self.heap, (session.end, order, session))
        self.next_end = self.heap[0][0] if self.heap else inf
        return self.next_end

    def fire(self, end: float) -> None:
        while self.first_end() <= end and self.heap:
            session = heappop(self.heap)[2]
            self._leave_key(session)
            self.close(session, session.start, session.end, session.end - 1)

    def next_moment(self, clock: float) -> float:
        first = self.first_end()
        return first if first > clock else min((one.end for one in self.open_windows() if one.end > clock), default=inf)

    def open_windows(self) -> Iterable[Session]:
        return [session for sessions in self.keys.values() for session in sessions]

    def reopen(self, kept: Session) -> None:
        self.keys.setdefault(kept.key, []).append(kept)
        heappush(self.heap, (kept.end, kept.order, kept))
        self.next_end = min(self.next_end, kept.end)
        self.arrived = max(self.arrived, *(arrival + 1 for arrival in kept.arrivals), 0)

    def _merge(self, key: Any, touched: list[Session]) -> Session:
        """The session entered first takes over the packets of the others."""
        first, *others = sorted(touched, key=lambda session: session.order)
        for other in others:
            first.start, first.end = min(first.start, other.start), max(first.end, other.end)
            first.packets += other.packets
            first.arrivals += other.arrivals
            self._leave_key(other)
            self.forget(other)
        return first

    def _leave_key(self, session: Session) -> None:
        session.open = False
        sessions = self.keys[session.key]
        sessions.remove(session)
        if not sessions:
            del self.keys[session.key]
