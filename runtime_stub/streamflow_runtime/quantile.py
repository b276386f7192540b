"""Quantiles: exact to 1,000 values (interpolated, as SQL's PERCENTILE_CONT), then within 1% of rank.

Beyond that it is the summary of Greenwald and Khanna (2001), "Space-efficient online computation of quantiles".
"""

from __future__ import annotations

from bisect import bisect_right, insort
from operator import itemgetter
from typing import Any

from streamflow_runtime.accumulators import Count
from streamflow_runtime.addends import checked_number

EXACT = 1000
_ERROR = 0.004
_value = itemgetter(0)


class Quantile(Count):
    """Sorted values; then entries [value, least rank above the one before, span of its rank]."""

    def __init__(self, q: float) -> None:
        super().__init__()
        self.q = q
        self.values: list[Any] = []
        self.entries: list[list[Any]] = []

    def check(self, value: Any) -> Any:
        return checked_number(value)

    def add(self, value: Any, time: int, arrival: int) -> None:
        if value is None:
            return
        self.count += 1
        if not self.entries:
            insort(self.values, value)
            if self.count > EXACT:
                self._summarise()
            return
        place = bisect_right(self.entries, value, key=_value)
        inner = 0 < place < len(self.entries)
        self.entries.insert(place, [value, 1, int(2 * _ERROR * self.count) if inner else 0])
        if self.count % int(1 / (2 * _ERROR)) == 0:
            self._compress()

    def merge(self, other: Any) -> None:
        if not other.entries:
            for value in other.values:
                self.add(value, 0, 0)
            return
        if not self.entries:
            values, self.values, self.count = self.values, [], other.count
            self.entries = [list(entry) for entry in other.entries]
            for value in values:
                self.add(value, 0, 0)
            return
        self.count += other.count
        self.entries = sorted([*self.entries, *(list(entry) for entry in other.entries)], key=_value)
        self._compress()

    def result(self) -> Any:
        if not self.count:
            return None
        if not self.entries:
            return self._exact()
        rank, reached = self.q * (self.count - 1) + 1, 0
        best = self.entries[0]
        for entry in self.entries:
            reached += entry[1]
            if reached + entry[2] / 2 > rank + _ERROR * self.count:
                break
            best = entry
        return best[0]

    def state(self) -> list[Any]:
        return [self.count, self.values, self.entries]

    def load(self, state: list[Any]) -> None:
        self.count, self.values, self.entries = state

    def _exact(self) -> Any:
        place = self.q * (self.count - 1)
        below = int(place)
        share = place - below
        low = self.values[below]
        return low if not share else low + (self.values[below + 1] - low) * share

    def _summarise(self) -> None:
        self.entries = [[value, 1, 0] for value in self.values]
        self.values = []
        self._compress()

    def _compress(self) -> None:
        """Join neighbours as long as no rank gets less certain than the bound allows."""
        bound = 2 * _ERROR * self.count
        kept = [self.entries[-1]]
        for value, gap, span in reversed(self.entries[1:-1]):
            after = kept[-1]
            if gap + after[1] + after[2] <= bound:
                after[1] += gap
            else:
                kept.append([value, gap, span])
        self.entries = [self.entries[0], *reversed(kept)] if len(self.entries) > 1 else kept
