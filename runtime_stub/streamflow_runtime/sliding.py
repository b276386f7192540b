"""Time windows that overlap, or that outlive their end: `[start, start + size)` for every `start` a `slide` apart."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from copy import copy
from math import inf
from typing import TYPE_CHECKING, Any, Unpack

from streamflow_runtime.keys import same_spelling
from streamflow_runtime.packet import Packet
from streamflow_runtime.stage import Source, Stage
from streamflow_runtime.timed import TimedKept, TimedWindows, Timing

if TYPE_CHECKING:
    from streamflow_runtime.kernel import Kernel


class SlidingWindows(TimedWindows):
    """`size`, `slide` and `offset` in ms. Open windows lie under their end, there under their key."""

    def __init__(
        self,
        kernel: Kernel,
        name: str,
        upstream: Sequence[Source | Stage],
        size: int,
        slide: int = 0,
        offset: int = 0,
        **settings: Unpack[Timing],
    ) -> None:
        super().__init__(kernel, name, upstream, **settings)
        self.size, self.slide, self.offset = size, slide or size, offset
        self.ends: dict[int, dict[Any, TimedKept]] = {}
        self.from_time: float = inf  # from here to before `to_time`, packets join the windows of `ends_here`
        self.to_time: float = -inf
        self.ends_here: list[int] = []

    def add(self, packet: Packet, key: Any = None) -> None:
        """The packet joins every window that still takes it, or leaves by `late`."""
        if not self.from_time <= packet.time < self.to_time:
            self._turn_to(packet.time)
        if not self.ends_here:
            self.kernel.leave(self.name, "late", packet)
            return
        for place, end in enumerate(self.ends_here):
            keys = self.ends.get(end)
            kept = keys.get(key) if keys is not None else None
            if kept is None:
                kept = self._open(key, end)
            if place and self.keyed and not same_spelling(kept.key, packet.key):
                packet = copy(packet)  # the other windows know it under another spelling
            self.join(kept, packet)

    def fire(self, end: float) -> None:
        if self.next_end <= end:
            self.from_time = inf
        super().fire(end)

    def remove(self, kept: TimedKept) -> None:
        keys = self.ends[kept.end]
        del keys[kept.key]
        if not keys:
            del self.ends[kept.end]

    def open_windows(self) -> Iterable[TimedKept]:
        return [kept for keys in self.ends.values() for kept in keys.values()]

    def reopen(self, kept: TimedKept) -> None:
        self.ends.setdefault(kept.end, {})[kept.key] = kept
        self.schedule(kept)

    def _turn_to(self, time: int) -> None:
        """Find the open windows of a time, and how far around it they stay the same."""
        self.kernel.settle()
        newest = time - (time - self.offset) % self.slide
        end = newest + self.size
        ends = []
        while end > time:
            if end + self.lateness > self.watermark:
                ends.append(end)
            end -= self.slide
        self.from_time, self.to_time = max(newest, end), min(newest, end) + self.slide
        self.ends_here = ends[::-1]

    def _open(self, key: Any, end: int) -> TimedKept:
        kept: TimedKept = self.opened(key, str(end), end - self.size, end)
        kept.fired = end <= self.watermark
        self.reopen(kept)
        return kept
