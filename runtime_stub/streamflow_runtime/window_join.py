"""Joins in tumbling windows: at the end of a window all pairs of a key in it are sent."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from math import inf
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Unpack

from streamflow_runtime.codec import dumps, loads, packet_of, packet_row, row_text
from streamflow_runtime.join import Join, Settings
from streamflow_runtime.keys import check_room
from streamflow_runtime.packet import Packet
from streamflow_runtime.stage import Row, Source, Stage

if TYPE_CHECKING:
    from streamflow_runtime.kernel import Kernel

_event_time = attrgetter("time")


class Member:
    """A packet in an open window. `number` is its place in the order of arrival at the node."""

    saved = False

    def __init__(self, packet: Packet, side: str, key: Any, end: int, number: int) -> None:
        self.packet = packet
        self.side = side
        self.key = key
        self.end = end
        self.number = number


class WindowJoin(Join):
    """`size` and `offset` in ms. Open windows lie under their end, there under their key, in order of arrival."""

    numbers = True

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
        self.ends: dict[int, dict[Any, list[Member]]] = {}
        self.changed: dict[int, Member] = {}
        self.closed: list[Member] = []  # with rows that are still there

    def add_left(self, packet: Packet, key: Any = None) -> None:
        """A packet joins its window on the left, or leaves by `late`."""
        self._add("left", packet, key)

    def add_right(self, packet: Packet, key: Any = None) -> None:
        """A packet joins its window on the right, or leaves by `late`."""
        self._add("right", packet, key)

    def _add(self, side: str, packet: Packet, key: Any) -> None:
        end = packet.time - (packet.time - self.offset) % self.size + self.size
        self.kernel.settle()
        if end <= self.watermark:
            self.kernel.leave(self.name, "late", packet)
            return
        inside = self.ends.get(end, {})
        if key not in inside:
            check_room(self.kernel, self.name, len(inside), "shorter windows hold fewer")
        if self.keyed:
            packet.key = key
        if end not in self.ends:
            self.next_end = min(self.next_end, end)
            self.kernel.expect(self, end)
        member = Member(packet, side, key, end, self.arrived)
        self.arrived += 1
        self._keep(member)
        self.changed[member.number] = member

    def _keep(self, member: Member) -> None:
        self.ends.setdefault(member.end, {}).setdefault(member.key, []).append(member)

    def fire(self, end: float) -> None:
        while self.ends and self.next_end <= end:
            for members in self.ends.pop(int(self.next_end)).values():
                self._close(members)
            self.next_end = min(self.ends, default=inf)

    def _close(self, members: list[Member]) -> None:
        """Send the pairs of a key, or what is alone, and forget them."""
        for member in members:
            self.changed.pop(member.number, None)
            if member.saved:
                self.closed.append(member)
        sides = {
            side: sorted((one.packet for one in members if one.side == side), key=_event_time)
            for side in ("left", "right")
        }
        for left in sides["left"]:
            for right in sides["right"]:
                self.send(left, right)
        if not (sides["left"] and sides["right"]):
            for side, packets in sides.items():
                for packet in packets:
                    self.send_alone(side, packet)

    def next_moment(self, clock: float) -> float:
        return min((end for end in self.ends if end > clock), default=inf)

    def changes(self) -> Iterator[Row]:
        closed, self.closed = self.closed, []
        for member in closed:
            yield self.name, dumps(member.key), str(member.end), member.number, None
        changed, self.changed = self.changed, {}
        for member in changed.values():
            yield from self._row(member)
            member.saved = True

    def rows(self) -> Iterator[Row]:
        for member in [one for keys in self.ends.values() for members in keys.values() for one in members]:
            yield from self._row(member)

    def load(self, rows: Iterable[tuple[str, str, int, Any]]) -> None:
        for key, end, number, (side, *fields) in sorted(rows, key=lambda row: row[2]):
            member = Member(packet_of(fields), side, loads(key), int(end), number)
            member.saved = True
            self._keep(member)
            self.next_end = min(self.next_end, member.end)

    def _row(self, member: Member) -> Iterator[Row]:
        """The row of a packet; one that can't be kept fails, and has none."""
        try:
            text = row_text([member.side, *packet_row(member.packet)])
        except (TypeError, ValueError, RecursionError) as refusal:
            self.ends[member.end][member.key].remove(member)
            self.kernel.fail(self.name, refusal, member.packet)
        else:
            yield self.name, dumps(member.key), str(member.end), member.number, text
