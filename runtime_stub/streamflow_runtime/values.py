"""What packets add to `aggregates=` over the newest of them: sums of long runs are worked out once."""

from __future__ import annotations

from typing import Any

from streamflow_runtime.accumulated import Accumulated, Accumulating
from streamflow_runtime.packet import Packet
from streamflow_runtime.trail import Trail

WIDTH = 8  # runs that make up a longer one
_SHORT = 16  # packets that are added one by one


class Values(Trail):
    """A trail of what packets add, in the place of the packets; `blocks` are the sums of runs."""

    def __init__(self, *state: Any) -> None:
        super().__init__(*state)
        self.blocks: dict[tuple[int, int], Accumulated] = {}  # by the first packet's number, and how many they are

    def forget(self, count: int) -> None:
        for end in range(self.forgotten + 1, self.forgotten + count + 1):
            length = WIDTH
            while not end % length:
                self.blocks.pop((end - length, length), None)
                length *= WIDTH
        super().forget(count)

    def part(self, index: int) -> list[Any]:
        packet = self.packets[index]
        return [packet.time, packet.arrival, packet.values]

    def drop(self, index: int) -> Packet:
        self.blocks.clear()
        return super().drop(index)

    def packet(self, part: list[Any]) -> Packet:
        time, arrival, values = part
        packet = Packet(None, time, "", 0, "", {})
        packet.arrival, packet.values = arrival, values
        return packet


class AccumulatingTrails(Accumulating):
    """Adds up trails. Runs of 8, 64, 512 ... packets are added up once, when they are first asked for.

    A run starts at a multiple of its length, counted from the first packet of the key that ever came: so a state that
    was saved gives the very same sums.
    """

    kept = Values

    def total(self, trail: Any, after: float, until: float) -> Accumulated:
        """What the packets with `after < time <= until` add up to."""
        total: Accumulated = self.fresh()
        count = len(trail.packets)
        if count <= _SHORT or not self.merges:
            for packet in trail.packets:
                if after < packet.time <= until:
                    total.append(packet)
            return total
        length = WIDTH
        while length * WIDTH <= count:
            length *= WIDTH
        for start in range(trail.forgotten // length * length, trail.forgotten + count, length):
            self._add(total, trail, start, length, after, until)
        return total

    def _add(self, total: Accumulated, trail: Values, start: int, length: int, after: float, until: float) -> None:
        """Add a run, or the parts of it that are kept and in time."""
        first, end = trail.forgotten, trail.forgotten + len(trail.packets)
        if length == 1:
            packet = trail.packets[start - first]
            if after < packet.time <= until:
                total.append(packet)
            return
        if first <= start and start + length <= end:
            block = self._block(trail, start, length)
            if block.last <= after or until < block.first:
                return
            if after < block.first and block.last <= until:
                total += block
                return
        part = length // WIDTH
        for inner in range(max(start, first // part * part), min(start + length, end), part):
            self._add(total, trail, inner, part, after, until)

    def _block(self, trail: Values, start: int, length: int) -> Accumulated:
        block = trail.blocks.get((start, length))
        if block is None:
            block, part = self.fresh(), length // WIDTH
            for inner in range(start, start + length, part):
                if part == 1:
                    block.append(trail.packets[inner - trail.forgotten])
                else:
                    block += self._block(trail, inner, part)
            trail.blocks[start, length] = block
        return block
