"""Rate limits that delay: packets wait for their tokens, those of a key in their order."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from heapq import heappop, heappush
from math import inf
from typing import TYPE_CHECKING, Any

from streamflow_runtime.buckets import Buckets
from streamflow_runtime.codec import packet_of, packet_row, row_text
from streamflow_runtime.holding import Holding
from streamflow_runtime.numbered_rows import changed_rows
from streamflow_runtime.packet import Packet
from streamflow_runtime.stage import Row, Source, Stage

if TYPE_CHECKING:
    from streamflow_runtime.kernel import Kernel


class Delaying(Holding, Buckets):
    """A packet that finds a token goes on at once, unless others of its key wait; else the clock lets it go.

    Rows of buckets have a key; those of packets that wait have none.
    """

    younger = 1

    def __init__(
        self,
        kernel: Kernel,
        name: str,
        upstream: Sequence[Source | Stage],
        limit: int,
        per: int,
        burst: int,
        after: Callable[[Packet], None],
    ) -> None:
        super().__init__(kernel, name, upstream, limit, per, burst)
        self.after = after
        self.waiting: dict[int, Packet] = {}
        self.keys: dict[int, Any] = {}  # of those that wait, by number
        self.lines: dict[Any, deque[int]] = {}
        self.due: list[tuple[int, int]] = []  # a heap: when the first of a line goes on, and its number
        self.moved: set[int] = set()  # numbers whose rows change
        self.kept: set[int] = set()  # numbers that have rows

    def pass_on(self, packet: Packet, key: Any) -> None:
        """The packet goes on, at once or when there is a token for it."""
        if key not in self.lines and self.take(key):
            self._send(packet)
            return
        self.let_wait()
        self._add(self.arrived, packet, key)
        self.moved.add(self.arrived)
        self.arrived += 1

    def wakes_at(self) -> float:
        while self.due and self.due[0][1] not in self.waiting:
            heappop(self.due)
        return self.due[0][0] if self.due else inf

    parked_until = wakes_at

    def wake(self, moment: int) -> None:
        """Those whose tokens are there go on, in the order in which they came."""
        while self.wakes_at() <= moment:
            number = heappop(self.due)[1]
            self.take(self.keys[number])
            packet = self.waiting[number]
            self._send(packet)
            self._remove(number)

    def idle(self) -> list[int]:
        """The packets that wait, in arrival order."""
        return list(self.waiting)

    def drop(self, number: int) -> None:
        """A packet waits no longer, and nothing comes of it."""
        self._remove(number)

    def _send(self, packet: Packet) -> None:
        self.kernel.counts[self.name] += 1
        self.after(packet)

    def _add(self, number: int, packet: Packet, key: Any) -> None:
        self.waiting[number] = packet
        self.keys[number] = key
        self.hold(number, packet)
        line = self.lines.setdefault(key, deque())
        line.append(number)
        if len(line) == 1:
            self._expect(key)

    def _remove(self, number: int) -> None:
        del self.waiting[number]
        self.moved.add(number)
        key = self.keys.pop(number)
        line = self.lines[key]
        was_first = line[0] == number
        line.remove(number)
        if not line:
            del self.lines[key]
        elif was_first:
            self._expect(key)

    def _expect(self, key: Any) -> None:
        """The first of a line goes on when its bucket has a token."""
        cell = self.cells[key]
        filling = max(0, -(-(self.token - cell.value) // self.limit))
        heappush(self.due, (cell.at + filling, self.lines[key][0]))

    # State

    def clocks(self) -> list[Any]:
        *others, sent = super().clocks()
        return [*others, self.arrived, sent]

    def set_clocks(self, clocks: list[Any]) -> None:
        *others, self.arrived, sent = clocks
        super().set_clocks([*others, sent])

    def changes(self) -> Iterator[Row]:
        yield from super().changes()
        yield from changed_rows(self.name, self.moved, self.kept, self.waiting, self._packet_row)

    def rows(self) -> Iterator[Row]:
        yield from super().rows()
        for number in list(self.waiting):
            row = self._packet_row(number)
            if row is not None:
                yield row

    def load(self, rows: Iterable[tuple[str, str, int, Any]]) -> None:
        buckets: list[tuple[str, str, int, Any]] = []
        packets: list[tuple[str, str, int, Any]] = []
        for row in rows:
            (buckets if row[0] else packets).append(row)
        super().load(buckets)
        for _, _, number, (key, *fields) in sorted(packets, key=lambda row: row[2]):
            self._add(number, packet_of(fields), key)
            self.kept.add(number)

    def _packet_row(self, number: int) -> Row | None:
        """The row of a packet that waits; one that can't be kept fails, and has none."""
        packet = self.waiting[number]
        try:
            text = row_text([self.keys[number], *packet_row(packet)])
        except (TypeError, ValueError, RecursionError) as refusal:
            self._remove(number)
            self.kernel.fail(self.name, refusal, packet)
            return None
        return self.name, "", "", number, text
