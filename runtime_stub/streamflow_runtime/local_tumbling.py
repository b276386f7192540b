"""Tumbling windows whose figures a loop over a batch has in local variables."""

from __future__ import annotations

from collections.abc import Iterable
from math import inf
from typing import Any, Unpack

from streamflow_runtime.kept import Kept
from streamflow_runtime.local_figures import LocalFigures
from streamflow_runtime.windows import Settings


class LocalTumbling(LocalFigures):
    """`[start, start + size)`, aligned to the epoch; `size` and `offset` in ms. Beside the loop, few packets come.

    It may `look` at the window of a time, and has to `put` back what that then holds before anything else happens.
    """

    near_end = 0  # of the window looked at last

    def __init__(self, *place: Any, size: int, offset: int = 0, **settings: Unpack[Settings]) -> None:
        super().__init__(*place, **settings)
        self.size, self.offset = size, offset
        self.ends: dict[float, Kept] = {}

    def look(self, time: int) -> tuple[Any, ...]:
        """The count and the figures of the window of a time; None for the count where it has closed."""
        end = self.near_end = time - (time - self.offset) % self.size + self.size
        if end in self.ends:
            return self.values(self.ends[end])
        self.kernel.settle()
        fresh = self.values(None)
        return fresh if end > self.watermark else (None, *fresh[1:])

    def put(self, count: int | None, *figures: Any) -> None:
        """What the window looked at last holds by now."""
        if count and count != self.near.count:
            self.update(self._looked_at(), count, figures)

    def at(self, time: int) -> Any:
        """What the window of a time holds, for a packet that enters beside the loop; None where it has closed."""
        if self.look(time)[0] is None:
            return None
        kept = self._looked_at()
        kept.packets = self.near
        self.touch(kept)
        return self.near

    def _looked_at(self) -> Kept:
        """The window looked at last, which is open from now on."""
        end = self.near_end
        if end not in self.ends:
            self.reopen(self.opened(None, str(end), end - self.size, end))
            self.kernel.expect(self, end)
        return self.ends[end]

    def fire(self, end: float) -> None:
        while self.next_end <= end and self.ends:
            kept = self.ends.pop(self.next_end)
            self.close(kept, kept.start, kept.end, kept.end - 1)
            self.next_end = min(self.ends, default=inf)

    def next_moment(self, clock: float) -> float:
        return min((end for end in self.ends if end > clock), default=inf)

    def open_windows(self) -> Iterable[Kept]:
        return list(self.ends.values())

    def reopen(self, kept: Kept) -> None:
        self.ends[kept.end] = kept
        self.next_end = min(self.next_end, kept.end)
