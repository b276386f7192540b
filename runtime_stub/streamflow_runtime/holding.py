"""Nodes at which packets wait, and hold the watermark that leaves."""

from __future__ import annotations

from heapq import heappop, heappush
from math import inf
from typing import Any

from streamflow_runtime.packet import Packet
from streamflow_runtime.stage import Stage


class Holding(Stage):
    """The oldest packet that waits holds what leaves at its timestamp, but nothing that has left goes back."""

    parks = True
    sent: float = -inf  # the watermark that had left when the last packet came to wait

    def __init__(self, *place: Any) -> None:
        super().__init__(*place)
        self.times: list[tuple[int, int]] = []  # a heap of event times; numbers that have left are skipped when met

    def let_wait(self) -> None:
        """A packet is about to wait, however old it is."""
        self.kernel.settle()
        self.sent = self.held(self.watermark)

    def hold(self, number: int, packet: Packet) -> None:
        """The packet waits under that number."""
        heappush(self.times, (packet.time, number))

    def held(self, watermark: float) -> float:
        times = self.times
        while times and times[0][1] not in self.waiting:
            heappop(times)
        return max(self.sent, min(watermark, times[0][0]) if times else watermark)

    def clocks(self) -> list[Any]:
        return [*super().clocks(), self.sent]

    def set_clocks(self, clocks: list[Any]) -> None:
        *others, self.sent = clocks
        super().set_clocks(others)
