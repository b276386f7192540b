"""What a window of `aggregates=` holds where plain figures do. The kernel has a class of them for each such node."""

from __future__ import annotations

from math import inf
from typing import Any

from streamflow_runtime.codec import dumps, loads
from streamflow_runtime.running_extremes import NOTHING


class Figures:
    """The figures of one window, to which `count` packets came.

    `entries` are those of `aggregates=`: the kind, the attribute that holds its figure ("" where `count` is all that it
    needs), and the one that counts the nulls, which are not in it ("" where there can't be any).
    """

    entries: tuple[tuple[str, str, str], ...] = ()
    __slots__ = ("count",)

    def __init__(self) -> None:
        self.count = 0

    def __len__(self) -> int:
        return self.count

    @property
    def held(self) -> Figures:
        """What the method that makes the result gets."""
        return self

    def text(self) -> str:
        """What is durable about it: as `Accumulated` has it, where time windows have no use for the timestamps."""
        return dumps([self.count, inf, -inf, [self._state(*entry) for entry in self.entries]])

    def load(self, text: str) -> None:
        """Take back what `text` gave, here or in `Accumulated`."""
        self.count, _, _, states = loads(text)
        for (kind, figure, nulls), state in zip(self.entries, states, strict=True):
            self._take_state(kind, figure, nulls, state)

    def _state(self, kind: str, figure: str, nulls: str) -> list[Any]:
        if kind in ("min", "max"):
            value = getattr(self, figure)
            return [None if value is NOTHING else value]
        known = self.count - (getattr(self, nulls) if nulls else 0)
        return [known, getattr(self, figure)] if figure else [known]

    def _take_state(self, kind: str, figure: str, nulls: str, state: list[Any]) -> None:
        if kind in ("min", "max"):
            setattr(self, figure, NOTHING if state[0] is None else state[0])
            return
        if nulls:
            setattr(self, nulls, self.count - state[0])
        if figure:
            setattr(self, figure, state[1])
