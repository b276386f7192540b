"""Joins within a span: packets wait for partners until none can come any more."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable, Iterator, Sequence
from heapq import heappop, heappush
from math import inf
from typing import TYPE_CHECKING, Any, Unpack

from streamflow_runtime.codec import dumps, loads, packet_of, packet_row, row_text
from streamflow_runtime.join import Join, Settings
from streamflow_runtime.keys import check_room
from streamflow_runtime.packet import Packet
from streamflow_runtime.stage import Row, Source, Stage

if TYPE_CHECKING:
    from streamflow_runtime.kernel import Kernel


class Waiting:
    """A packet that waits for partners. `number` is its place in the order of arrival at the node."""

    gone = False
    saved = False

    def __init__(self, packet: Packet, key: Any, number: int, matched: bool = False) -> None:
        self.packet = packet
        self.key = key
        self.number = number
        self.matched = matched


Place = tuple[int, int, Waiting]  # event time, number: no two are equal, so what waits is never compared


class Side:
    """What waits on one side, in event-time order, ties in order of arrival.

    `reach`: a partner is at most so much younger, in ms. `tracked`: what stays alone is sent.
    """

    def __init__(self, name: str, reach: int, tracked: bool) -> None:
        self.name = name
        self.reach = reach
        self.tracked = tracked
        self.keys: dict[Any, list[Place]] = {}
        self._oldest: list[Place] = []
        self._alone: list[Place] = []

    def keep(self, waiting: Waiting) -> None:
        """One more packet waits."""
        place = waiting.packet.time, waiting.number, waiting
        insort(self.keys.setdefault(waiting.key, []), place)
        heappush(self._oldest, place)
        if self.tracked and not waiting.matched:
            heappush(self._alone, place)

    def between(self, key: Any, first: int, last: int) -> list[Waiting]:
        """What waits under a key with a timestamp from `first` to `last`."""
        places: list[Any] = self.keys.get(key, [])
        found = places[bisect_left(places, (first,)) : bisect_right(places, (last, inf))]
        return [place[2] for place in found]

    def first_alone(self) -> Waiting | None:
        """The oldest packet that is to be sent if it stays alone."""
        while self._alone and (self._alone[0][2].matched or self._alone[0][2].gone):
            heappop(self._alone)
        return self._alone[0][2] if self._alone else None

    def all_alone(self) -> list[Waiting]:
        """All packets that are to be sent if they stay alone."""
        return [waiting for _, _, waiting in self._alone if not waiting.matched and not waiting.gone]

    def forget_before(self, time: float) -> list[Waiting]:
        """Forget what is older than `time`."""
        forgotten = []
        while self._oldest and (self._oldest[0][0] < time or self._oldest[0][2].gone):
            waiting = heappop(self._oldest)[2]
            if not waiting.gone:
                self.forget(waiting)
                forgotten.append(waiting)
        return forgotten

    def forget(self, waiting: Waiting) -> None:
        """A packet waits no more."""
        waiting.gone = True
        places = self.keys[waiting.key]
        del places[bisect_left(places, (waiting.packet.time, waiting.number, waiting))]
        if not places:
            del self.keys[waiting.key]

    def waiting(self) -> Iterator[Waiting]:
        """Everything that waits."""
        return (waiting for places in self.keys.values() for _, _, waiting in places)


class IntervalJoin(Join):
    """A right packet is at most `older` ms older and `younger` ms younger than its left partner."""

    numbers = True

    def __init__(
        self,
        kernel: Kernel,
        name: str,
        upstream: Sequence[Source | Stage],
        older: int,
        younger: int,
        **settings: Unpack[Settings],
    ) -> None:
        super().__init__(kernel, name, upstream, **settings)
        self.lag = max(older, younger)
        self.left = Side("left", younger, "left" in self.sent)
        self.right = Side("right", older, "right" in self.sent)
        self.sides = {"left": self.left, "right": self.right}
        self.changed: dict[int, tuple[Side, Waiting]] = {}
        self.forgotten: list[tuple[Side, Waiting]] = []  # with rows that are still there

    def add_left(self, packet: Packet, key: Any = None) -> None:
        """A packet comes in on the left, and meets what waits on the right."""
        if self.admits(packet, key):
            partners = self._partners(self.left, self.right, packet, key)
            for partner in partners:
                self.send_pair(packet, partner.packet)
            self._met(self.right, partners)

    def add_right(self, packet: Packet, key: Any = None) -> None:
        """A packet comes in on the right, and meets what waits on the left."""
        if self.admits(packet, key):
            partners = self._partners(self.right, self.left, packet, key)
            for partner in partners:
                self.send_pair(partner.packet, packet)
            self._met(self.left, partners)

    def _partners(self, side: Side, other: Side, packet: Packet, key: Any) -> list[Waiting]:
        """Keep a packet, and find its partners."""
        self._forget(self.watermark)
        if key not in side.keys:
            check_room(self.kernel, self.name, len(side.keys), "a shorter span holds fewer")
        partners = other.between(key, packet.time - other.reach, packet.time + side.reach)
        waiting = Waiting(packet, key, self.arrived, bool(partners))
        self.arrived += 1
        side.keep(waiting)
        self.changed[waiting.number] = side, waiting
        end = self._end(side, waiting)
        if side.tracked and not partners and end < self.next_end:
            self.next_end = end
            self.kernel.expect(self, end)
        return partners

    def _met(self, side: Side, partners: list[Waiting]) -> None:
        """The pairs have gone on: their packets no longer hold the watermark."""
        for partner in partners:
            if side.tracked and not partner.matched:
                partner.matched = True
                self.changed[partner.number] = side, partner
        if side.tracked and partners:
            self.kernel.fire()

    def held(self, watermark: float) -> float:
        alone = [side.first_alone() for side in self.sides.values() if side.tracked]
        return min([watermark - self.lag, *(waiting.packet.time for waiting in alone if waiting)])

    def first_end(self) -> float:
        ends = [self._end(side, alone) for side in self.sides.values() if (alone := side.first_alone())]
        self.next_end = min(ends, default=inf)
        return self.next_end

    def fire(self, end: float) -> None:
        while (due := self.first_end()) < inf and due <= end:  # past the end of input, nothing may be left
            alone = [(side, waiting) for side in self.sides.values() if (waiting := side.first_alone())]
            side, first = min(alone, key=lambda one: (self._end(*one), one[1].number))
            self._drop(side, first)
            self.send_alone(side.name, first.packet)
        self._forget(end)

    def next_moment(self, clock: float) -> float:
        first = self.first_end()
        if first > clock:
            return first
        ends = [self._end(side, alone) for side in self.sides.values() for alone in side.all_alone()]
        return min((end for end in ends if end > clock), default=inf)

    def _end(self, side: Side, waiting: Waiting) -> int:
        """The watermark from which on no partner can come."""
        return waiting.packet.time + side.reach + self.lag + 1

    def _forget(self, watermark: float) -> None:
        for side in self.sides.values():
            for waiting in side.forget_before(watermark - self.lag - side.reach):
                self._leave_no_row(side, waiting)

    def _drop(self, side: Side, waiting: Waiting) -> None:
        side.forget(waiting)
        self._leave_no_row(side, waiting)

    def _leave_no_row(self, side: Side, waiting: Waiting) -> None:
        self.changed.pop(waiting.number, None)
        if waiting.saved:
            self.forgotten.append((side, waiting))

    def changes(self) -> Iterator[Row]:
        forgotten, self.forgotten = self.forgotten, []
        for side, waiting in forgotten:
            yield self.name, dumps(waiting.key), side.name, waiting.number, None
        changed, self.changed = self.changed, {}
        for side, waiting in changed.values():
            yield from self._row(side, waiting)
            waiting.saved = True

    def rows(self) -> Iterator[Row]:
        for side in self.sides.values():
            for waiting in list(side.waiting()):
                yield from self._row(side, waiting)

    def load(self, rows: Iterable[tuple[str, str, int, Any]]) -> None:
        for key, side, number, (matched, *fields) in rows:
            waiting = Waiting(packet_of(fields), loads(key), number, matched)
            waiting.saved = True
            self.sides[side].keep(waiting)

    def _row(self, side: Side, waiting: Waiting) -> Iterator[Row]:
        """The row of what waits; a packet that can't be kept fails, and has none."""
        try:
            text = row_text([waiting.matched, *packet_row(waiting.packet)])
        except (TypeError, ValueError, RecursionError) as refusal:
            self._drop(side, waiting)
            self.kernel.fail(self.name, refusal, waiting.packet)
        else:
            yield self.name, dumps(waiting.key), side.name, waiting.number, text
