"""Running figures that a window holds in the place of its packets. The kernel has a class of them for each node."""

from __future__ import annotations

from copy import copy
from math import inf
from typing import TYPE_CHECKING, Any

from streamflow_runtime.codec import dumps, loads
from streamflow_runtime.failure import KeptError, user_line

if TYPE_CHECKING:
    from streamflow_runtime.kernel import Kernel


class Lifted:
    """The figures of one window; `figures` names them, in the order in which the user's function works them out.

    They are plain values, but for those in `running`, which have `result`, `state` and `load`. `count` packets came in.
    `first` and `last` are their timestamps where the kind of window asks for them. `spoilt` is the failure that the
    function would meet first.
    """

    figures: tuple[str, ...] = ()
    running: tuple[str, ...] = ()
    __slots__ = ("count", "first", "last", "spoilt")

    def __init__(self) -> None:
        self.count = 0
        self.first: float = inf
        self.last: float = -inf
        self.spoilt: list[Any] | None = None

    def __len__(self) -> int:
        return self.count

    @property
    def held(self) -> Lifted:
        """What the function over figures gets. Raises what the user's function would have raised."""
        if self.spoilt is not None:
            raise KeptError(*self.spoilt[2:])
        if not self.running:
            return self
        plain = copy(self)
        for name in self.running:
            setattr(plain, name, getattr(self, name).result())
        return plain

    def spoil(self, kernel: Kernel, rank: int, error: Exception, time: int) -> None:
        """A packet's value can't be added: the window's result fails, by what the function would have met first."""
        if self.spoilt is None or (rank, time) < (self.spoilt[0], self.spoilt[1]):
            self.spoilt = [rank, time, type(error).__name__, str(error), *user_line(error, kernel.file, kernel.lines)]

    def span(self) -> tuple[int, int]:
        """The first and the last timestamp."""
        return int(self.first), int(self.last)

    def text(self) -> str:
        """What is durable about it."""
        figures = [getattr(self, name) for name in self.figures]
        states = [
            figure.state() if name in self.running else figure
            for name, figure in zip(self.figures, figures, strict=True)
        ]
        return dumps([self.count, self.first, self.last, self.spoilt, states])

    def load(self, text: str) -> None:
        """Take back what `text` gave."""
        self.count, self.first, self.last, self.spoilt, states = loads(text)
        for name, state in zip(self.figures, states, strict=True):
            if name in self.running:
                getattr(self, name).load(state)
            else:
                setattr(self, name, state)
