"""What a window of `aggregates=` holds in the place of its packets: an accumulator an entry."""

from __future__ import annotations

from collections.abc import Callable
from math import inf
from typing import Any

from streamflow_runtime.accumulators import Count
from streamflow_runtime.codec import dumps, loads
from streamflow_runtime.contents import Contents
from streamflow_runtime.packet import Packet


class Accumulated:
    """The accumulators of one window. It takes packets as a list does; `values` of a packet has an entry for each."""

    def __init__(self, held: list[Count]) -> None:
        self.held = held
        self.packets = 0
        self.first: float = inf
        self.last: float = -inf

    def __len__(self) -> int:
        return self.packets

    def check(self, packet: Packet) -> list[Any]:
        """The values to add. Raises, having changed nothing, where one can't be added."""
        return [accumulator.check(value) for accumulator, value in zip(self.held, packet.values, strict=True)]

    def append(self, packet: Packet) -> None:
        """Add a packet's values."""
        for accumulator, value in zip(self.held, self.check(packet), strict=True):
            accumulator.add(value, packet.time, packet.arrival)
        self.packets += 1
        self.first, self.last = min(self.first, packet.time), max(self.last, packet.time)

    def __iadd__(self, other: Accumulated) -> Accumulated:
        for accumulator, others in zip(self.held, other.held, strict=True):
            accumulator.merge(others)
        self.packets += other.packets
        self.first, self.last = min(self.first, other.first), max(self.last, other.last)
        return self

    def span(self) -> tuple[int, int]:
        """The first and the last timestamp."""
        return int(self.first), int(self.last)

    def text(self) -> str:
        """What is durable about it."""
        return dumps([self.packets, self.first, self.last, [accumulator.state() for accumulator in self.held]])

    def load(self, text: str) -> None:
        """Take back what `text` gave."""
        self.packets, self.first, self.last, states = loads(text)
        for accumulator, state in zip(self.held, states, strict=True):
            accumulator.load(state)


class Accumulating(Contents):
    """For `aggregates=`. `accumulators()` gives fresh ones."""

    def __init__(self, accumulators: Callable[[], list[Count]]) -> None:
        super().__init__(lambda: Accumulated(accumulators()))
        self._empty = self.fresh()
        self.merges = all(accumulator.merges for accumulator in self._empty.held)

    def check(self, packet: Packet) -> None:
        """Raises where the packet's values can't be added to any window."""
        self._empty.check(packet)
