"""Count windows that send results before they are full."""

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


class EarlyCounts(AtEnd, TimedWindows):
    """A window closes at `size` packets of its key. Until then results come by `early_count`, or at `early_interval` ms
    from its first timestamp, without a new packet none. `partial`: what no result has held is sent at the end of input.
    """

    def __init__(
        self,
        kernel: Kernel,
        name: str,
        upstream: Sequence[Source | Stage],
        size: int,
        partial: bool = False,
        **timing: Unpack[Timing],
    ) -> None:
        super().__init__(kernel, name, upstream, **timing)
        self.size, self.partial = size, partial
        self.keys: dict[Any, TimedKept] = {}

    def add(self, packet: Packet, key: Any = None) -> None:
        """The packet joins its key's window."""
        kept = self.keys.get(key)
        if kept is None:
            kept = self.opened(key, "", packet.time, 0)
            self.reopen(kept)
        self.keep(kept, packet)
        if packet.time < kept.start:  # intervals count from there
            kept.start, kept.early = packet.time, None
        if len(kept.packets) == self.size:
            self.leave_index(kept)
            self._send_at(kept)
        elif self.early_count:
            if kept.fresh >= self.early_count:
                self._send_at(kept)
        elif self.early_interval and kept.early is None and self.watermark < inf:
            self._expect_early(kept, packet.time)

    def send_rest(self) -> None:
        for kept in sorted(self.keys.values(), key=lambda kept: kept.order):
            self.leave_index(kept)
            if kept.fresh:
                self._send_at(kept)

    def open_windows(self) -> Iterable[TimedKept]:
        return list(self.keys.values())

    def reopen(self, kept: TimedKept) -> None:
        self.keys[kept.key] = kept
        if kept.early is not None:
            self.schedule(kept)

    def remove(self, kept: TimedKept) -> None:
        del self.keys[kept.key]

    def _due(self, kept: TimedKept) -> float:
        return inf if kept.early is None else kept.early

    def _come_to(self, kept: TimedKept, moment: float) -> None:
        kept.early = None
        self._send_at(kept, int(moment))
        self.touch(kept)

    def _send_at(self, kept: TimedKept, moment: int | None = None) -> None:
        """A result of the moment; without one, of the last timestamp."""
        kept.fresh = 0
        first, last = self.span(kept)
        time = last if moment is None else moment
        if self.send(kept, first, last, time, self.kernel.counts[self.name], kept.revision):
            kept.revision += 1
