"""What a window of `aggregates=` holds in the place of its packets: an accumulator an entry."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from math import inf
from typing import Any

from streamflow_runtime.accumulators import Count
from streamflow_runtime.codec import dumps, loads
from streamflow_runtime.kept import Kept
from streamflow_runtime.packet import Packet
from streamflow_runtime.stage import Row

_LONGEST = 900_000  # characters of a row; a larger state takes several


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


class Accumulating:
    """Makes, saves and loads what windows hold. `accumulators()` gives fresh ones."""

    def __init__(self, accumulators: Callable[[], list[Count]]) -> None:
        self._accumulators = accumulators
        self._empty = self.fresh()
        self.merges = all(accumulator.merges for accumulator in self._empty.held)

    def fresh(self) -> Accumulated:
        """What a window holds at first."""
        return Accumulated(self._accumulators())

    def check(self, packet: Packet) -> None:
        """Raises where the packet's values can't be added to any window."""
        self._empty.check(packet)

    def changes(self, kept: Kept, node: str) -> Iterator[Row]:
        """The rows of a changed window; they count as durable from here on."""
        rows = list(self.rows(kept, node))
        yield from rows
        key = dumps(kept.key)
        for part in range(len(rows), kept.saved + 1):
            yield node, key, kept.window, part, None
        kept.saved = len(rows) - 1
        kept.changed = False

    def rows(self, kept: Kept, node: str) -> Iterator[Row]:
        """The header, then the text of the state in pieces."""
        key, text = dumps(kept.key), kept.packets.text()
        yield node, key, kept.window, 0, dumps(kept.header())
        for part, at in enumerate(range(0, len(text), _LONGEST), 1):
            yield node, key, kept.window, part, dumps(text[at : at + _LONGEST])

    def take_over(self, kept: Kept, parts: list[str]) -> None:
        """Give a window back what its rows hold."""
        kept.packets = self.fresh()
        kept.packets.load("".join(parts))
        kept.saved = len(parts)
