"""Rolling windows: a result a packet, over what came within `duration` up to it, or over the last `size`."""

from __future__ import annotations

from collections.abc import Sequence
from heapq import heappop, heappush
from math import inf
from typing import TYPE_CHECKING, Any, Unpack

from streamflow_runtime.isolation import copy_of
from streamflow_runtime.packet import Packet
from streamflow_runtime.stage import Source, Stage
from streamflow_runtime.trail import Trail
from streamflow_runtime.trailing import TrailingWindows
from streamflow_runtime.windows import Settings

if TYPE_CHECKING:
    from streamflow_runtime.kernel import Kernel


class Rolling(TrailingWindows):
    """With `into` a result is the packet, with one field more in its data."""

    def __init__(
        self,
        kernel: Kernel,
        name: str,
        upstream: Sequence[Source | Stage],
        into: str | None = None,
        **settings: Unpack[Settings],
    ) -> None:
        super().__init__(kernel, name, upstream, **settings)
        self.into = into

    def roll(self, packet: Packet, trail: Trail, start: int, end: int, after: float, until: float) -> None:
        """Send the result of a packet over those of its trail with `after < time <= until`."""
        if self.into is None:
            result = self.result_of(trail.key, start, end, packet.time)
        else:
            result = packet.derive(packet.data, f"/{self.name}:0")
        self.send_over(result, trail, start, end, after, until)

    def data_of(self, result: Packet, value: Any) -> Any:
        if self.into is None or value is None:
            return value
        return {**copy_of(result.data), self.into: value}


class RollingCounts(Rolling):
    """Over the last `size` packets of a key."""

    def __init__(
        self,
        kernel: Kernel,
        name: str,
        upstream: Sequence[Source | Stage],
        size: int,
        into: str | None = None,
        **settings: Unpack[Settings],
    ) -> None:
        super().__init__(kernel, name, upstream, into, **settings)
        self.size = size

    def add(self, packet: Packet, key: Any = None) -> None:
        """Keep the packet, and send the result that ends with it."""
        trail = self.keys.get(key)
        if trail is None:
            trail = self.keys[key] = self.opened(key, "", 0, 0)
        self.keep(trail, packet)
        trail.forget(max(len(trail.packets) - self.size, 0))
        start, end = trail.span()
        self.roll(packet, trail, start, end, -inf, inf)


class RollingTimes(Rolling):
    """Over the packets of a key in `(t - duration, t]`; `duration` in ms.

    What is older than the watermark less `duration` is forgotten: a trail when the next packet comes to the node, its
    first packets when the next one of its key does. A trail's `end` is its largest timestamp; the heap has an entry a
    trail, for that time or an earlier one.
    """

    def __init__(
        self,
        kernel: Kernel,
        name: str,
        upstream: Sequence[Source | Stage],
        duration: int,
        into: str | None = None,
        **settings: Unpack[Settings],
    ) -> None:
        super().__init__(kernel, name, upstream, into, **settings)
        self.duration = duration
        self.heap: list[tuple[int, int, Trail]] = []

    def add(self, packet: Packet, key: Any = None) -> None:
        """Keep the packet, and send the result that ends with it."""
        self.kernel.settle()
        start, end, oldest = packet.time - self.duration, packet.time, self.watermark - self.duration
        self._forget_trails(oldest)
        trail = self.keys.get(key)
        if packet.time < oldest:
            self._roll_alone(packet, key if trail is None else trail.key)
            return
        if trail is None:
            trail = self.opened(key, str(self.entered), end, end)
            self.reopen(trail)
        trail.end = max(trail.end, packet.time)
        self.keep(trail, packet)
        trail.forget(next(place for place, one in enumerate(trail.packets) if one.time >= oldest))
        self.roll(packet, trail, start, end, max(start, oldest - 1), end)

    def reopen(self, kept: Trail) -> None:
        super().reopen(kept)
        heappush(self.heap, (kept.end, kept.order, kept))

    def _roll_alone(self, packet: Packet, key: Any) -> None:
        """A packet that is forgotten at once, as all others are that would be in its result."""
        if self.keyed:
            packet.key = key
        alone = self.kept(key, "", 0, packet.time, packet.time)
        alone.add(packet)
        self.roll(packet, alone, packet.time - self.duration, packet.time, -inf, inf)

    def _forget_trails(self, oldest: float) -> None:
        while self.heap and self.heap[0][0] < oldest:
            _, order, trail = heappop(self.heap)
            if trail.end >= oldest:
                heappush(self.heap, (trail.end, order, trail))
            else:
                del self.keys[trail.key]
                self.forget(trail)
