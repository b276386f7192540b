"""Packets that failed at a node with the strategy `retry`, and those of their key behind them."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from heapq import heappop, heappush
from math import inf
from typing import TYPE_CHECKING, Any

from streamflow_runtime.backoff import delay_before
from streamflow_runtime.codec import packet_of, packet_row, row_text
from streamflow_runtime.holding import Holding
from streamflow_runtime.numbered_rows import changed_rows
from streamflow_runtime.packet import Packet
from streamflow_runtime.stage import Row, Source, Stage

if TYPE_CHECKING:
    from streamflow_runtime.recovering_kernel import RecoveringKernel

Line = tuple[str, Any]  # place and key: its packets go on in their order


class Waiting:
    """A packet that waits at a place. `due` is when it is tried next; None behind another one of its line."""

    def __init__(self, place: str, packet: Packet, attempts: int = 0, due: int | None = None) -> None:
        self.place = place
        self.packet = packet
        self.attempts = attempts  # tries that failed
        self.due = due

    @property
    def line(self) -> Line:
        """Where it stands."""
        return self.place, self.packet.key


class Retries(Holding):
    """What waits at one node. Times are ms.

    A packet is tried again `initial_delay` after it failed, then `backoff_multiplier` times that, at most `max_delay`;
    after `max_retries` it counts as failed. It holds the node's watermark at its timestamp.
    """

    numbers = True
    waiting: dict[int, Waiting]

    def __init__(
        self,
        kernel: RecoveringKernel,
        name: str,
        upstream: Sequence[Source | Stage],
        places: Sequence[str],
        max_retries: int = 3,
        backoff_multiplier: float = 2.0,
        initial_delay: int = 1000,
        max_delay: int = 60_000,
        jitter: float = 0.1,
    ) -> None:
        super().__init__(kernel, name, upstream)
        self.recovering = kernel
        self.max_retries = max_retries
        self.policy = initial_delay, backoff_multiplier, max_delay, jitter
        self.waiting = {}
        self.lines: dict[Line, deque[int]] = {}
        self.due: list[tuple[int, int]] = []
        self.trying: int | None = None
        self.changed: set[int] = set()
        self.saved: set[int] = set()
        kernel.keepers.update(dict.fromkeys(places, self))

    def keeps(self, place: str, packet: Packet) -> bool:
        """Whether a packet must wait here: others of its key do. The one that is being tried again passes."""
        if (place, packet.key) not in self.lines:
            return False
        if self._tried_at(place) is not None:
            return False
        self._add(Waiting(place, packet))
        return True

    def takes(self, place: str, packet: Packet) -> bool:
        """Whether a packet that failed at a place is to be tried again; it waits from now on."""
        number = self._tried_at(place)
        if number is None:
            if not self.max_retries:
                return False
            number = self._add(Waiting(place, packet))
        waiting = self.waiting[number]
        if waiting.attempts == self.max_retries:
            return False
        waiting.attempts += 1
        assert self.kernel.clock is not None
        self._expect(number, self.kernel.clock + delay_before(waiting.attempts, waiting.packet.id, *self.policy))
        return True

    def tries(self, place: str) -> int:
        """How many tries the packet has had that has just failed at a place for good."""
        number = self._tried_at(place)
        return 1 if number is None else 1 + self.waiting[number].attempts

    def wakes_at(self) -> float:
        return self.due[0][0] if self.due else inf

    def parked_until(self) -> float:
        return self.wakes_at()

    def wake(self, moment: int) -> None:
        while self.wakes_at() <= moment and self.recovering.stopped is None:
            self._try(heappop(self.due)[1], moment)

    def _try(self, number: int, moment: int) -> None:
        """The packet enters its place again; if it does not fail, the next of its line is due at once."""
        waiting = self.waiting[number]
        waiting.due = None
        if waiting.attempts:
            self.kernel.left[f"{self.name.partition(' ')[0]} retried"] += 1
        self.trying = number
        self.recovering.places[waiting.place](waiting.packet.derive(waiting.packet.data))
        self.trying = None
        if waiting.due is not None:
            return
        line = self.lines[waiting.line]
        line.popleft()
        del self.waiting[number]
        self._count(waiting, -1)
        self.changed.add(number)
        if line:
            self._expect(line[0], moment)
        else:
            del self.lines[waiting.line]
        self.kernel.fire()

    def _tried_at(self, place: str) -> int | None:
        """The packet that is being tried again, if it is at that place."""
        return None if self.trying is None or self.waiting[self.trying].place != place else self.trying

    def _add(self, waiting: Waiting) -> int:
        self.let_wait()
        number = self.arrived
        self.arrived += 1
        self.waiting[number] = waiting
        self.hold(number, waiting.packet)
        self._count(waiting, 1)
        self.lines.setdefault(waiting.line, deque()).append(number)
        self.changed.add(number)
        return number

    def _count(self, waiting: Waiting, more: int) -> None:
        """Of what has come to the node, that waits in front of it."""
        if " -> " not in waiting.place:
            self.kernel.left[f"{waiting.place.partition('.')[0]} waiting"] += more

    def _expect(self, number: int, due: int) -> None:
        self.waiting[number].due = due
        self.changed.add(number)
        heappush(self.due, (due, number))

    def idle(self) -> list[int]:
        """The packets that wait, in arrival order."""
        return list(self.waiting)

    def drop(self, number: int) -> None:
        """A packet waits no longer, and nothing comes of it; the next of its line is tried at once."""
        waiting = self.waiting.pop(number)
        self.changed.add(number)
        self._count(waiting, -1)
        line = self.lines[waiting.line]
        first = line[0] == number
        line.remove(number)
        self.due = [entry for entry in self.due if entry[1] != number]
        if not line:
            del self.lines[waiting.line]
        elif first:
            assert self.kernel.clock is not None
            self._expect(line[0], self.kernel.clock)

    # State

    def changes(self) -> Iterator[Row]:
        return changed_rows(self.name, self.changed, self.saved, self.waiting, self._row)

    def rows(self) -> Iterator[Row]:
        return (row for number in list(self.waiting) if (row := self._row(number)) is not None)

    def load(self, rows: Iterable[tuple[str, str, int, Any]]) -> None:
        for _, _, number, (place, attempts, due, *fields) in sorted(rows, key=lambda row: row[2]):
            waiting = self.waiting[number] = Waiting(place, packet_of(fields), attempts, due)
            self.hold(number, waiting.packet)
            self.saved.add(number)
            self.lines.setdefault(waiting.line, deque()).append(number)
            if due is not None:
                heappush(self.due, (due, number))

    def _row(self, number: int) -> Row | None:
        """The row of a packet; one that can't be kept fails for good, and has none."""
        waiting = self.waiting[number]
        try:
            text = row_text([waiting.place, waiting.attempts, waiting.due, *packet_row(waiting.packet)])
        except (TypeError, ValueError, RecursionError) as refusal:
            self.drop(number)
            self.recovering.give_up(waiting.place, refusal, waiting.packet, max(1, waiting.attempts))
            return None
        return self.name, "", "", number, text
