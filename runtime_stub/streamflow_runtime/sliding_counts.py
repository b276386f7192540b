"""Count windows that overlap: a result at `size` packets of a key, and then at every `slide` packets more."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf
from typing import TYPE_CHECKING, Any, Unpack

from streamflow_runtime.at_end import AtEnd
from streamflow_runtime.packet import Packet
from streamflow_runtime.stage import Source, Stage
from streamflow_runtime.trail import Trail
from streamflow_runtime.trailing import TrailingWindows
from streamflow_runtime.windows import Settings

if TYPE_CHECKING:
    from streamflow_runtime.kernel import Kernel


class SlidingCounts(AtEnd, TrailingWindows):
    """`partial`: what no result has held is sent at the end of input."""

    def __init__(
        self,
        kernel: Kernel,
        name: str,
        upstream: Sequence[Source | Stage],
        size: int,
        slide: int,
        partial: bool = False,
        **settings: Unpack[Settings],
    ) -> None:
        super().__init__(kernel, name, upstream, **settings)
        self.size, self.slide, self.partial = size, slide, partial

    def add(self, packet: Packet, key: Any = None) -> None:
        """The packet joins its key's trail; the result that it makes due is sent."""
        trail = self.keys.get(key)
        if trail is None:
            trail = self.keys[key] = self.opened(key, "", 0, 0)
        self.keep(trail, packet)
        if len(trail.packets) == self.size:
            self._send(trail)
            trail.forget(self.slide)
            trail.sent = self.size - self.slide

    def send_rest(self) -> None:
        for trail in sorted(self.keys.values(), key=lambda trail: trail.order):
            if len(trail.packets) > trail.sent:
                trail.forget(trail.sent)
                self._send(trail)
            del self.keys[trail.key]
            self.forget(trail)

    def _send(self, trail: Trail) -> None:
        start, end = trail.span()
        self.send_over(self.result_of(trail.key, start, end, end), trail, start, end, -inf, inf)
