"""Count windows whose figures a loop over a batch has in local variables."""

from __future__ import annotations

from typing import Any

from streamflow_runtime.counting import CountWindows
from streamflow_runtime.local_figures import LocalFigures


class LocalCounting(LocalFigures, CountWindows):
    """`look` at the window, and `put` back what it then holds before it is full or anything else happens."""

    def look(self) -> tuple[Any, ...]:
        """The count and the figures of the window."""
        return self.values(self.keys.get(None))

    def put(self, time: int, count: int, *figures: Any) -> None:
        """What the window holds by now. The packets since the last look are of this time."""
        if count != self.near.count:
            if None not in self.keys:
                self.keys[None] = self.opened(None, "", 0, 0)
            kept = self.keys[None]
            self.update(kept, count, figures)
            kept.packets.first = min(kept.packets.first, time)
            kept.packets.last = max(kept.packets.last, time)
