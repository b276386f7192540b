"""Running figures that a window holds in the place of its packets. The kernel has a class of them for each node."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING, Any

from streamflow_runtime.codec import dumps, loads
from streamflow_runtime.failure import KeptError, kept

if TYPE_CHECKING:
    from streamflow_runtime.kernel import Kernel


class Lifted:
    """The figures of one window; `figures` names them, `count` packets came in.

    They are plain values, but for those in `running`, which have `result`, `state` and `load`. `first` and `last` are
    the timestamps where the kind of window asks for them. `spoilt` has, by figure, the time of the first packet that
    could not be added to it, and what the user's function would have met there.
    """

    figures: tuple[str, ...] = ()
    running: tuple[str, ...] = ()
    parted: tuple[str, ...] = ()  # those of them whose parts a loop has in local variables
    __slots__ = ("count", "first", "last", "spoilt")

    def __init__(self) -> None:
        self.count = 0
        self.first: float = inf
        self.last: float = -inf
        self.spoilt: dict[str, list[Any]] = {}

    def __len__(self) -> int:
        return self.count

    @property
    def held(self) -> Any:
        """What the function over figures gets."""
        return Plain(self) if self.running or self.spoilt else self

    def spoil(self, kernel: Kernel | type[Kernel], rank: int, error: Exception, time: float) -> None:
        """A packet can't be added to the figure at a place in `figures`, which fails by the earliest such packet."""
        name = self.figures[rank]
        if name not in self.spoilt or time < self.spoilt[name][0]:
            self.spoilt[name] = [time, *kept(error, kernel)]

    def span(self) -> tuple[int, int]:
        """The first and the last timestamp."""
        return int(self.first), int(self.last)

    def text(self) -> str:
        """What is durable about it."""
        figures = {name: getattr(self, name) for name in self.figures}
        states = [figure.state() if name in self.running else figure for name, figure in figures.items()]
        return dumps([self.count, self.first, self.last, self.spoilt, states])

    def load(self, text: str) -> None:
        """Take back what `text` gave; older kernels gave None where no figure failed."""
        self.count, self.first, self.last, spoilt, states = loads(text)
        self.spoilt = spoilt or {}
        for name, state in zip(self.figures, states, strict=True):
            if name in self.running:
                getattr(self, name).load(state)
            else:
                setattr(self, name, state)


class Plain:
    """Figures as the user's function reads them: plain values; one that failed raises what working it out would."""

    def __init__(self, held: Lifted) -> None:
        self._held, self.count = held, held.count

    def __getattr__(self, name: str) -> Any:
        held = self._held
        if name in held.spoilt:
            raise KeptError(*held.spoilt[name][1:])
        figure = getattr(held, name)
        return figure.result() if name in held.running else figure
