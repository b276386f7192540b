"""Windows, or panes, whose contents generated code finds by itself, without a call per packet."""

from __future__ import annotations

from collections.abc import Iterator
from math import inf
from typing import Any

from streamflow_runtime.stage import Row
from streamflow_runtime.windows import Windows


class FoundAtOnce(Windows):
    """For a packet whose time is from `start` to before `end`, `here` has what it adds to, by key.

    Found are windows that count as changed already, under keys that have been checked: what is found needs neither.
    All else goes by `at`, behind `turn_to` where the time is another.
    """

    offset: int
    width = 0  # of a window or pane, in ms

    start: float = inf
    end: float = -inf
    here: dict[Any, Any] = {}  # noqa: RUF012  replaced, never changed before that
    _found: dict[float, dict[Any, Any]]

    def turn_to(self, time: int) -> None:
        """Let `here` be that of a time."""
        start = time - (time - self.offset) % self.width
        self.start, self.end = start, start + self.width
        self.here = self._found.get(self.end) or {}

    def find(self, end: float, key: Any, held: Any) -> None:
        """What a changed window holds may be found from now on."""
        if end == self.end:
            self.here[key] = held
            self._found[end] = self.here

    def hide(self, end: float) -> None:
        """A window, or pane, is no longer open."""
        self._found.pop(end, None)
        if end == self.end:
            self.start = inf

    def changes(self) -> Iterator[Row]:
        self._found.clear()
        self.start = inf
        return super().changes()
