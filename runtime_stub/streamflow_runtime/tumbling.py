"""Tumbling windows: `[start, start + size)`, aligned to the epoch."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import inf
from typing import TYPE_CHECKING, Any, Unpack

from streamflow_runtime.kept import Kept
from streamflow_runtime.packet import Packet
from streamflow_runtime.packet_windows import PacketWindows
from streamflow_runtime.stage import Source, Stage
from streamflow_runtime.windows import Settings

if TYPE_CHECKING:
    from streamflow_runtime.kernel import Kernel


class TumblingWindows(PacketWindows):
    """`size` and `offset` in ms. Open windows lie under their end, there under their key."""

    def __init__(
        self,
        kernel: Kernel,
        name: str,
        upstream: Sequence[Source | Stage],
        size: int,
        offset: int = 0,
        **settings: Unpack[Settings],
    ) -> None:
        super().__init__(kernel, name, upstream, **settings)
        self.size, self.offset = size, offset
        self.ends: dict[float, dict[Any, Kept]] = {}
        self.last_end: float = -inf  # of the window that the last packet joined, if it is open
        self.last_keys: dict[Any, Kept] = {}

    def add(self, packet: Packet, key: Any = None) -> None:
        """The packet joins its window, or leaves by `late`."""
        packets = self.at(packet.time, key)
        if packets is None:
            self.kernel.leave(self.name, "late", packet)
            return
        if self.keyed:
            packet.key = self.last_keys[key].key
        packets.append(packet)

    def at(self, time: int, key: Any = None) -> Any:
        """What the window holds that a packet of this time joins; None where it has closed."""
        if not self.last_end - self.size <= time < self.last_end and not self._turn_to(time):
            return None
        try:
            kept = self.last_keys[key]
        except KeyError:
            kept = self._open(key)
        if not kept.changed:
            kept.changed = True
            self.changed[kept.order] = kept
        return kept.packets

    def _turn_to(self, time: int) -> bool:
        """Make the window of a time the last one. False where it has closed."""
        end = time - (time - self.offset) % self.size + self.size
        keys = self.ends.get(end)
        if keys is None:
            self.kernel.settle()
            if end <= self.watermark:
                return False
            keys = self.ends[end] = {}
            self.next_end = min(self.next_end, end)
            self.kernel.expect(self, end)
        self.last_end, self.last_keys = end, keys
        return True

    def _open(self, key: Any) -> Kept:
        end = int(self.last_end)
        kept: Kept = self.opened(key, str(end), end - self.size, end)
        self.last_keys[key] = kept
        return kept

    def fire(self, end: float) -> None:
        if self.next_end <= end:
            self.last_end = -inf
        while self.ends and self.next_end <= end:
            for kept in self.ends.pop(self.next_end).values():
                self.close(kept, kept.start, kept.end, kept.end - 1)
            self.next_end = min(self.ends, default=inf)

    def next_moment(self, clock: float) -> float:
        return min((end for end in self.ends if end > clock), default=inf)

    def open_windows(self) -> Iterable[Kept]:
        return [kept for keys in self.ends.values() for kept in keys.values()]

    def reopen(self, kept: Kept) -> None:
        self.ends.setdefault(kept.end, {})[kept.key] = kept
        self.next_end = min(self.next_end, kept.end)
