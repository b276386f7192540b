"""Windows that packets come to one by one."""

from __future__ import annotations

from typing import Any

from streamflow_runtime.kept import Kept
from streamflow_runtime.packet import Packet
from streamflow_runtime.windows import Windows


class PacketWindows(Windows):
    """How a packet comes in, and what a window then says of its packets."""

    def add(self, packet: Packet, key: Any = None) -> None:
        """Take a packet in."""
        raise NotImplementedError

    def enter(self, packet: Packet, key: Any = None) -> None:
        """Take in a packet whose `values` go to accumulators. Raises, changing nothing, where they can't be added."""
        assert self.contents is not None
        self.contents.check(packet)
        packet.arrival = self.arrived
        self.arrived += 1
        self.add(packet, key)

    def span(self, kept: Kept) -> tuple[int, int]:
        """The first and the last timestamp in a window."""
        if self.contents is not None:
            first, last = kept.packets.span()
            return first, last
        times = [packet.time for packet in kept.packets]
        return min(times), max(times)

    def keep(self, kept: Kept, packet: Packet) -> None:
        """Add a packet to an open window."""
        if self.keyed:
            packet.key = kept.key
        kept.add(packet)
        self.touch(kept)
