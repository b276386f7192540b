"""The packets that one open window keeps, and their rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from operator import attrgetter
from typing import Any

from streamflow_runtime.codec import dumps, packet_of, packet_row, row_text
from streamflow_runtime.packet import Packet
from streamflow_runtime.stage import Row

_event_time = attrgetter("time")
Refused = Callable[[Exception, Packet], None]


class Kept:
    """Packets of one key and window in arrival order. `order` is when the window was entered first.

    Row 0 says which window it is; packet n is row n + 1. `saved` packets are durable already (-1: nothing is).
    """

    forgotten = 0  # packets that came before those that are kept

    def __init__(self, key: Any, window: str, order: int, start: int, end: int) -> None:
        self.key = key
        self.window = window
        self.order = order
        self.start = start
        self.end = end
        self.packets: Any = []  # a list; or what `aggregates=` hold instead, which takes packets as a list does
        self.saved = -1
        self.changed = False

    def add(self, packet: Packet) -> None:
        """Keep a packet."""
        self.packets.append(packet)

    def in_order(self) -> list[Packet]:
        """The packets by event time, ties in arrival order."""
        return sorted(self.packets, key=_event_time)

    def changes(self, node: str, refused: Refused) -> Iterator[Row]:
        """Rows that are not durable yet; they count as durable from here on."""
        yield from self._rows(node, max(self.saved, 0), refused)
        self.saved = len(self.packets)
        self.changed = False

    def rows(self, node: str, refused: Refused) -> Iterator[Row]:
        """All rows."""
        return self._rows(node, 0, refused)

    def gone(self, node: str) -> Iterator[Row]:
        """What takes the durable rows away."""
        key = dumps(self.key)
        for part in range(self.saved + 1):
            yield node, key, self.window, part, None

    def header(self) -> list[Any]:
        """What row 0 holds: which window it is."""
        return [self.order, self.start, self.end]

    def part(self, index: int) -> list[Any]:
        """A packet as its row holds it."""
        return packet_row(self.packets[index])

    def drop(self, index: int) -> Packet:
        """Take out a packet that can't be kept."""
        dropped: Packet = self.packets.pop(index)
        return dropped

    def take_over(self, parts: list[list[Any]]) -> None:
        """Take back the packets whose rows `part` made."""
        self.packets = [packet_of(part) for part in parts]
        self.saved = len(parts)

    def _rows(self, node: str, first: int, refused: Refused) -> Iterator[Row]:
        """The header and the packets from `first` on. One that can't be kept is dropped and handed to `refused`."""
        key = dumps(self.key)
        index = first
        while index < len(self.packets):
            try:
                text = row_text(self.part(index))
            except (TypeError, ValueError, RecursionError) as error:
                refused(error, self.drop(index))
            else:
                index += 1
                yield node, key, self.window, self.forgotten + index, text
        yield node, key, self.window, 0, dumps(self.header())
