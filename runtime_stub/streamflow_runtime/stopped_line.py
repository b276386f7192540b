"""What waits while a kernel is stopped: what failed, and all that was to come after it, in order."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from streamflow_runtime.codec import dumps, packet_of, packet_row, row_text
from streamflow_runtime.numbered_rows import changed_rows
from streamflow_runtime.packet import Packet
from streamflow_runtime.stage import Row, Stage

if TYPE_CHECKING:
    from streamflow_runtime.stopping_kernel import StoppingKernel

Entry = tuple[Any, ...]
"""A kind and its facts:

- packet, place, packet: it comes to that place.
- value, source, value, metadata, timestamp (ms or None), now (ms): the rest of a batch.
- result, id, value, error as [type, text] or None: of a call that was made before the kernel stopped.
- call, node, number: a call that failed, and is made again.
- fire: windows that were due.
"""
NAME = "packets behind a stop"
REASON = "reason"  # in place of a window in the row that holds it


class StoppedLine(Stage):
    """Entries by number, and the numbers in order. `reason` says why the kernel is stopped; None while it runs.

    `failed` is the entry that stopped it: the first one, unless it could not be kept.
    """

    def __init__(self, kernel: StoppingKernel) -> None:
        super().__init__(kernel, NAME, tuple(kernel.sources.values()))
        self.stopping = kernel
        self.entries: dict[int, Entry] = {}
        self.waiting = self.entries
        self.order: deque[int] = deque()
        self.reason: dict[str, Any] | None = None
        self.failed: int | None = None
        self._fresh: list[Entry] | None = None
        self._changed: set[int] = set()
        self._saved: set[int] = set()
        self._saved_reason: str | None = None

    def add(self, *entry: Any) -> None:
        """The entry comes last; one that comes while another is repeated stands right behind that."""
        if self._fresh is not None:
            self._fresh.append(entry)
        else:
            self._put(self.order[-1] + 1 if self.order else 0, entry)

    def stop(self, reason: dict[str, Any], *entry: Any) -> None:
        """The kernel stops because of this entry."""
        self.reason = reason
        self.add(*entry)
        if self._fresh is None:
            self.failed = self.order[0]

    def repeat(self, skip: bool = False) -> Iterator[Entry]:
        """Each entry in its turn, until the kernel stops again: then what was left of that one comes first.

        `skip`: before the entry that failed stands "skip". It may be missing, where it could not be kept.
        """
        skipped = self.failed if skip else None
        self.reason = self.failed = None
        while self.order and self.reason is None:
            before = ("skip",) if self.order[0] == skipped else ()
            skipped = None
            entry = self._take()
            self._fresh = []
            yield *before, *entry
            fresh, self._fresh = self._fresh, None
            first = self.order[0] - len(fresh) if self.order else 0
            for number, one in reversed(list(enumerate(fresh, first))):
                self._put(number, one, in_front=True)
            if self.reason is not None:
                self.failed = self.order[0]

    def idle(self) -> list[int]:
        """None of what stands in line may be dropped where a buffer is full."""
        return []

    def parked(self) -> dict[str, int]:
        places = (entry[1] for entry in self.entries.values() if entry[0] == "packet" and " -> " not in entry[1])
        return Counter(place.partition(".")[0] for place in places)

    def _put(self, number: int, entry: Entry, in_front: bool = False) -> None:
        self.entries[number] = entry
        if in_front:
            self.order.appendleft(number)
        else:
            self.order.append(number)
        self._changed.add(number)

    def _take(self) -> Entry:
        number = self.order.popleft()
        self._changed.add(number)
        return self.entries.pop(number)

    # State

    def changes(self) -> Iterator[Row]:
        yield from changed_rows(self.name, self._changed, self._saved, self.entries, self._row)
        reason = self._reason_text()
        if reason != self._saved_reason:
            self._saved_reason = reason
            yield self.name, "", REASON, 0, reason

    def rows(self) -> Iterator[Row]:
        for number in list(self.order):
            if (row := self._row(number)) is not None:
                yield row
        if self.reason is not None:
            yield self.name, "", REASON, 0, self._reason_text()

    def load(self, rows: Iterable[tuple[str, str, int, Any]]) -> None:
        for _, window, number, value in sorted(rows, key=lambda row: row[2]):
            if window == REASON:
                self.failed, self.reason = value
                continue
            if value[0] == "packet":
                self.stopping.check_place(value[1])
                value = "packet", value[1], packet_of(value[2])
            self.entries[number] = tuple(value)
            self.order.append(number)
            self._saved.add(number)
        self._saved_reason = self._reason_text()

    def _reason_text(self) -> str | None:
        return None if self.reason is None else dumps([self.failed, self.reason])

    def _row(self, number: int) -> Row | None:
        """The row of an entry; one that can't be kept fails, and has none."""
        kind, *facts = self.entries[number]
        try:
            text = row_text([kind, *(packet_row(fact) if isinstance(fact, Packet) else fact for fact in facts)])
        except (TypeError, ValueError, RecursionError) as refusal:
            self.order.remove(number)
            del self.entries[number]
            self.stopping.refuse_entry(kind, facts, refusal)
            return None
        return self.name, "", "", number, text
