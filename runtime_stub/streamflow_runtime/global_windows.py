"""Global windows: one a key, that never closes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import inf
from typing import TYPE_CHECKING, Any, Unpack

from streamflow_runtime.at_end import AtEnd
from streamflow_runtime.packet import Packet
from streamflow_runtime.stage import Source, Stage
from streamflow_runtime.timed import TimedKept, TimedWindows, Timing

if TYPE_CHECKING:
    from streamflow_runtime.kernel import Kernel


class GlobalWindows(AtEnd, TimedWindows):
    """A result by `early_count`, or at each multiple of `early_interval` ms, and a last one at the end of input.

    Its bounds are the first and the last timestamp so far. Intervals without a new packet send nothing.
    """

    def __init__(self, kernel: Kernel, name: str, upstream: Sequence[Source | Stage], **timing: Unpack[Timing]) -> None:
        super().__init__(kernel, name, upstream, **timing)
        self.keys: dict[Any, TimedKept] = {}

    def add(self, packet: Packet, key: Any = None) -> None:
        """The packet joins its key's window."""
        kept = self.keys.get(key)
        if kept is None:
            kept = self.opened(key, "", 0, 0)
            self.reopen(kept)
        self.keep(kept, packet)
        if self.early_count:
            if kept.fresh >= self.early_count:
                self._send_at(kept, packet.time)
        elif self.early_interval and kept.early is None:
            self._expect_early(kept, packet.time)

    def send_rest(self) -> None:
        for kept in sorted(self.keys.values(), key=lambda kept: kept.order):
            if kept.fresh:
                self._send_at(kept, self.span(kept)[1])
                self.touch(kept)

    def open_windows(self) -> Iterable[TimedKept]:
        return list(self.keys.values())

    def reopen(self, kept: TimedKept) -> None:
        self.keys[kept.key] = kept
        if kept.early is not None:
            self.schedule(kept)

    def _due(self, kept: TimedKept) -> float:
        return inf if kept.early is None else kept.early

    def _expect_early(self, kept: TimedKept, time: int) -> None:
        """The first multiple of the interval behind the watermark, or from the packet on where there is none yet."""
        self.kernel.settle()
        since = time - 1 if self.watermark == -inf else self.watermark
        if since < inf:
            kept.early = (int(since) // self.early_interval + 1) * self.early_interval
            self.schedule(kept)

    def _come_to(self, kept: TimedKept, moment: float) -> None:
        kept.early = None
        self._send_at(kept, int(moment))
        self.touch(kept)

    def _send_at(self, kept: TimedKept, time: int) -> None:
        kept.fresh = 0
        first, last = self.span(kept)
        if self.send(kept, first, last, time, kept.revision, kept.revision):
            kept.revision += 1
