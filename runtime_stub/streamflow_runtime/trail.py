"""The newest packets of a key: those that came first are forgotten first."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from streamflow_runtime.codec import dumps, packet_of
from streamflow_runtime.kept import Kept, Refused
from streamflow_runtime.packet import Packet
from streamflow_runtime.stage import Row


class Trail(Kept):
    """Of all the packets that ever came, the first `forgotten` are kept no longer; packet n has row n + 1.

    The rows of the first `deleted` are gone. The first `sent` of those kept have been in a result.
    """

    def __init__(
        self, key: Any, window: str, order: int, start: int, end: int, forgotten: int = 0, sent: int = 0
    ) -> None:
        super().__init__(key, window, order, start, end)
        self.forgotten = self.deleted = forgotten
        self.sent = sent
        self.backward = 0  # packets that are older than the one before them

    def add(self, packet: Packet) -> None:
        self.backward += bool(self.packets) and packet.time < self.packets[-1].time
        super().add(packet)

    def span(self) -> tuple[int, int]:
        """The smallest and the largest timestamp."""
        if not self.backward:
            return self.packets[0].time, self.packets[-1].time
        times = [packet.time for packet in self.packets]
        return min(times), max(times)

    def forget(self, count: int) -> None:
        """Keep the first packets no longer."""
        self.backward -= self._backward(count + 1)
        del self.packets[:count]
        self.forgotten += count
        self.sent = max(self.sent - count, 0)

    def header(self) -> list[Any]:
        return [*super().header(), self.forgotten, self.sent]

    def drop(self, index: int) -> Packet:
        self.sent -= index < self.sent
        dropped = super().drop(index)
        self.backward = self._backward(len(self.packets))
        return dropped

    def changes(self, node: str, refused: Refused) -> Iterator[Row]:
        yield from self._deleted(node, min(self.forgotten, self.saved))
        self.deleted = self.forgotten
        yield from self._rows(node, max(self.saved - self.forgotten, 0), refused)
        self.saved = self.forgotten + len(self.packets)
        self.changed = False

    def gone(self, node: str) -> Iterator[Row]:
        if self.saved >= 0:
            yield node, dumps(self.key), self.window, 0, None
            yield from self._deleted(node, self.saved)

    def take_over(self, parts: list[list[Any]]) -> None:
        self.packets = [self.packet(part) for part in parts]
        self.saved = self.forgotten + len(parts)
        self.backward = self._backward(len(parts))

    def packet(self, part: list[Any]) -> Packet:
        """Take back what `part` made of a packet."""
        return packet_of(part)

    def _backward(self, end: int) -> int:
        """How many of the first packets are older than the one before them."""
        return sum(one.time > other.time for one, other in pairwise(self.packets[:end]))

    def _deleted(self, node: str, end: int) -> Iterator[Row]:
        key = dumps(self.key)
        for number in range(self.deleted, end):
            yield node, key, self.window, number + 1, None
