"""Custom windows: a function says in which ones a packet lies."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from copy import copy
from typing import TYPE_CHECKING, Any, Unpack

from streamflow_runtime.event_time import milliseconds
from streamflow_runtime.keys import same_spelling
from streamflow_runtime.packet import Packet
from streamflow_runtime.stage import Source, Stage
from streamflow_runtime.timed import TimedKept, TimedWindows, Timing

if TYPE_CHECKING:
    from streamflow_runtime.kernel import Kernel

Bounds = tuple[int, int]


class AssignedWindows(TimedWindows):
    """`assigner(packet)` gives pairs (start, end) in seconds, none where the packet lies in no window."""

    def __init__(
        self,
        kernel: Kernel,
        name: str,
        upstream: Sequence[Source | Stage],
        assigner: Callable[[Packet], Any],
        **timing: Unpack[Timing],
    ) -> None:
        super().__init__(kernel, name, upstream, **timing)
        self.assigner = assigner
        self.windows: dict[Bounds, dict[Any, TimedKept]] = {}

    def add(self, packet: Packet, key: Any = None) -> None:
        """The packet joins every window that still takes it, or leaves by `late`."""
        assigned = bounds_of(self.assigner(packet))
        self.kernel.settle()
        there = [bounds for bounds in assigned if bounds[1] + self.lateness > self.watermark]
        if assigned and not there:
            self.kernel.leave(self.name, "late", packet)
        for place, bounds in enumerate(there):
            kept = self.windows.get(bounds, {}).get(key)
            if kept is None:
                kept = self._open(key, *bounds)
            if place and self.keyed and not same_spelling(kept.key, packet.key):
                packet = copy(packet)  # the other windows know it under another spelling
            self.join(kept, packet)

    def remove(self, kept: TimedKept) -> None:
        keys = self.windows[kept.start, kept.end]
        del keys[kept.key]
        if not keys:
            del self.windows[kept.start, kept.end]

    def open_windows(self) -> Iterable[TimedKept]:
        return [kept for keys in self.windows.values() for kept in keys.values()]

    def reopen(self, kept: TimedKept) -> None:
        self.windows.setdefault((kept.start, kept.end), {})[kept.key] = kept
        self.schedule(kept)

    def _open(self, key: Any, start: int, end: int) -> TimedKept:
        kept: TimedKept = self.opened(key, f"{start}:{end}", start, end)
        kept.fired = end <= self.watermark
        self.reopen(kept)
        return kept


def bounds_of(assigned: Any) -> list[Bounds]:
    """The windows in whole milliseconds, the earliest first. Raises TypeError or ValueError for anything else."""
    if not isinstance(assigned, (list, tuple)):
        raise TypeError(f"windows are a list of pairs (start, end) in seconds, not {type(assigned).__name__}")
    return sorted({_bounds(pair) for pair in assigned})


def _bounds(pair: Any) -> Bounds:
    if not isinstance(pair, (list, tuple)) or len(pair) != 2:
        raise TypeError(f"a window is a pair (start, end) in seconds, not {pair!r}")
    for bound in pair:
        if isinstance(bound, bool) or not isinstance(bound, (int, float)):
            raise TypeError(f"a window's bounds are seconds, not {type(bound).__name__}")
        if not -1e11 <= bound <= 1e11:
            raise ValueError(f"a window can't start or end at {bound!r}")
    start, end = (milliseconds(bound) for bound in pair)
    if start >= end:
        raise ValueError(f"a window ends after its start: {pair[0]!r} to {pair[1]!r} is none")
    return start, end
