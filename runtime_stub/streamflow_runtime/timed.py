"""Windows with an end in time: early results, the one at the end, and revisions for packets that come later."""

from __future__ import annotations

from collections.abc import Sequence
from heapq import heappop, heappush
from math import inf
from typing import TYPE_CHECKING, Any, NotRequired, Unpack

from streamflow_runtime.kept import Kept
from streamflow_runtime.packet import Packet
from streamflow_runtime.packet_windows import PacketWindows
from streamflow_runtime.stage import Source, Stage
from streamflow_runtime.windows import Settings

if TYPE_CHECKING:
    from streamflow_runtime.kernel import Kernel


class Timing(Settings):
    """What windows with an end in time are made with; in ms, but for `early_count`."""

    lateness: NotRequired[int]
    early_count: NotRequired[int]
    early_interval: NotRequired[int]


class TimedKept(Kept):
    """`fresh` packets came since its last result; its next one has `revision`; `fired`: the watermark is past its end.

    `early` is when its next early result is due. The heap has an entry for it at `queued`.
    """

    def __init__(
        self,
        key: Any,
        window: str,
        order: int,
        start: int,
        end: int,
        fresh: int | None = None,
        revision: int = 0,
        fired: bool = False,
        early: int | None = None,
    ) -> None:
        super().__init__(key, window, order, start, end)
        self.fresh, self.revision, self.fired, self.early = fresh or 0, revision, fired, early
        self.uncounted = fresh is None
        self.queued: float = inf
        self.open = True

    def add(self, packet: Packet) -> None:
        self.fresh += 1
        super().add(packet)

    def drop(self, index: int) -> Packet:
        self.fresh = max(self.fresh - 1, 0)
        return super().drop(index)

    def take_over(self, parts: list[list[Any]]) -> None:
        super().take_over(parts)
        if self.uncounted:  # rows from before windows had results other than the closing one
            self.fresh = len(parts)

    def header(self) -> list[Any]:
        return [*super().header(), self.fresh, self.revision, self.fired, self.early]


class TimedWindows(PacketWindows):
    """Windows stay for `lateness` ms after their end. Early results come by `early_count`, or `early_interval` ms.

    A heap has an entry per window: for when something is due with it, or for an earlier moment.
    """

    kept: type[TimedKept] = TimedKept

    def __init__(
        self,
        kernel: Kernel,
        name: str,
        upstream: Sequence[Source | Stage],
        lateness: int = 0,
        early_count: int = 0,
        early_interval: int = 0,
        **settings: Unpack[Settings],
    ) -> None:
        super().__init__(kernel, name, upstream, **settings)
        self.lateness, self.early_count, self.early_interval = lateness, early_count, early_interval
        self.heap: list[tuple[float, int, TimedKept]] = []

    def remove(self, kept: Any) -> None:
        """Take a window out of the index of its class."""
        raise NotImplementedError

    def join(self, kept: TimedKept, packet: Packet) -> None:
        """Add a packet to a window, and send the result that it makes due."""
        self.keep(kept, packet)
        if kept.fired or (self.early_count and kept.fresh >= self.early_count):
            self._send(kept)
        elif self.early_interval and kept.early is None:
            self._expect_early(kept, packet.time)

    def schedule(self, kept: TimedKept) -> None:
        """Look out for what is due next with a window."""
        due = self._due(kept)
        if due < kept.queued:
            kept.queued = due
            heappush(self.heap, (due, kept.order, kept))
            self.next_end = min(self.next_end, due)
            self.kernel.expect(self, due)

    def first_end(self) -> float:
        while self.heap:
            moment, _, kept = self.heap[0]
            if kept.open and kept.queued == moment and self._due(kept) == moment:
                break
            heappop(self.heap)
            if kept.open and kept.queued == moment:
                kept.queued = inf
                self.schedule(kept)
        self.next_end = self.heap[0][0] if self.heap else inf
        return self.next_end

    def fire(self, end: float) -> None:
        while self.first_end() <= end and self.heap:
            moment, _, kept = heappop(self.heap)
            kept.queued = inf
            self._come_to(kept, moment)

    def next_moment(self, clock: float) -> float:
        first = self.first_end()
        if first > clock:
            return first
        return min((due for _, _, kept in self.heap if kept.open and (due := self._due(kept)) > clock), default=inf)

    def leave_index(self, kept: TimedKept) -> None:
        """A window is no longer open; it may have been merged into another."""
        kept.open = False
        self.remove(kept)
        self.forget(kept)

    def _due(self, kept: TimedKept) -> float:
        """When the next thing happens with a window: an early result, its end, the end of its lateness."""
        if kept.fired:
            return kept.end + self.lateness
        return kept.end if kept.early is None else min(kept.early, kept.end)

    def _come_to(self, kept: TimedKept, moment: float) -> None:
        over = kept.fired or (moment >= kept.end and not self.lateness)
        if over:
            self.leave_index(kept)
        kept.early, kept.fired = None, moment >= kept.end
        if kept.fresh:
            self._send(kept)
        if not over:
            self.touch(kept)
            self.schedule(kept)

    def _send(self, kept: TimedKept) -> None:
        kept.fresh = 0
        if self.send(kept, kept.start, kept.end, kept.end - 1, kept.revision, kept.revision):
            kept.revision += 1

    def _expect_early(self, kept: TimedKept, time: int) -> None:
        """The first multiple of the interval, counted from the window's start, that the watermark has not reached."""
        self.kernel.settle()
        passed = max(self.watermark, kept.start) - kept.start
        kept.early = kept.start + (int(passed) // self.early_interval + 1) * self.early_interval
        self.schedule(kept)
