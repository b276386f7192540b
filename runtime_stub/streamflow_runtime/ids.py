"""Ids that have been seen within a span: a row each."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from streamflow_runtime.codec import dumps, loads
from streamflow_runtime.stage import Row, Source, Stage

if TYPE_CHECKING:
    from streamflow_runtime.kernel import Kernel

MOST_IDS = 1_000_000  # of a node


class Ids(Stage):
    """`within` in ms, by the clock, from when an id was seen first. Over the limit the oldest is forgotten."""

    def __init__(self, kernel: Kernel, name: str, upstream: Sequence[Source | Stage], within: int) -> None:
        super().__init__(kernel, name, upstream)
        self.within = within
        self.seen: dict[Any, int] = {}  # when each was seen first
        self.line: deque[Any] = deque()  # the same, oldest first
        self.fresh: dict[Any, None] = {}  # without a row yet
        self.gone: list[Any] = []  # forgotten, with a row that is still there
        self.numbered = 0

    def first(self, id: Any) -> bool:
        """Whether an id has not been seen within the span; it has from here on."""
        clock = self.kernel.clock
        assert clock is not None
        while self.line and self.seen[self.line[0]] + self.within <= clock:
            self._forget()
        if id in self.seen:
            return False
        if len(self.seen) >= MOST_IDS:
            self._forget()
            self.kernel.left[f"{self.name} forgotten"] += 1
        self.seen[id] = clock
        self.line.append(id)
        self.fresh[id] = None
        return True

    def changes(self) -> Iterator[Row]:
        gone, self.gone = self.gone, []
        fresh, self.fresh = self.fresh, {}
        for id in gone:
            yield self.name, dumps(id), "", 0, None
        for id in fresh:
            yield self._row(id, self.numbered)
            self.numbered += 1

    def rows(self) -> Iterator[Row]:
        return (self._row(id, number) for number, id in enumerate(self.line))

    def load(self, rows: Iterable[tuple[str, str, int, Any]]) -> None:
        for id, _, _, (at, number) in sorted(rows, key=lambda row: row[3][1]):
            self.line.append(loads(id))
            self.seen[self.line[-1]] = at
            self.numbered = number + 1

    def _forget(self) -> None:
        id = self.line.popleft()
        del self.seen[id]
        if id in self.fresh:
            del self.fresh[id]
        else:
            self.gone.append(id)

    def _row(self, id: Any, number: int) -> Row:
        return self.name, dumps(id), "", 0, f"[{self.seen[id]},{number}]"
