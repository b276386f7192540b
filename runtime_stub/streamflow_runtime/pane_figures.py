"""The figures of one pane, and how a window's are made of those of its panes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from streamflow_runtime.codec import dumps, loads
from streamflow_runtime.figures import Figures
from streamflow_runtime.running_extremes import NOTHING

if TYPE_CHECKING:
    from streamflow_runtime.windows import Windows


class PaneFigures(Figures):
    """Extremes know when they came: of equal ones in several panes the first counts.

    `came` has, by figure, when the first number came to it and when the one that it is. `nans` has those that came
    before any number: `min` and `max` stay with a NaN that comes first of all, and pass over one that comes later.
    """

    __slots__ = ("came", "nans")

    def __init__(self) -> None:
        super().__init__()
        self.came: dict[str, list[int]] = {}
        self.nans: dict[str, list[Any]] = {}

    def gather(self, panes: Sequence[Any]) -> None:
        """Be what the panes of a window have together; they are in the order in which they were opened."""
        raise NotImplementedError

    def take(self, figure: str, value: Any, windows: Windows) -> None:
        """A number is beyond an extreme, or the first."""
        came = windows.arrived
        windows.arrived += 1
        if value != value:
            self.nans.setdefault(figure, [came, value])
            return
        setattr(self, figure, value)
        self.came.setdefault(figure, [came, came])[1] = came

    def text(self) -> str:
        """What is durable about it."""
        figures = [getattr(self, name) for name in self._names()]
        plain = [None if figure is NOTHING else figure for figure in figures]
        return dumps([self.count, plain, self.came, self.nans])

    def load(self, text: str) -> None:
        """Take back what `text` gave, or the text of a whole window of an older kernel, which came before all else."""
        state = loads(text)
        extremes = [figure for kind, figure, _ in self.entries if kind in ("min", "max")]
        if isinstance(state[-1], list):
            super().load(text)
            for name in extremes:
                value = getattr(self, name)
                if value != value:
                    setattr(self, name, NOTHING)
                    self.nans[name] = [-1, value]
                elif value is not NOTHING:
                    self.came[name] = [-1, -1]
            return
        self.count, plain, self.came, self.nans = state
        for name, figure in zip(self._names(), plain, strict=True):
            setattr(self, name, NOTHING if figure is None and name in extremes else figure)

    def _names(self) -> list[str]:
        named = [part for _, figure, nulls in self.entries for part in (figure, nulls) if part]
        return list(dict.fromkeys(named))


def lowest(values: list[Any], figure: str, panes: Sequence[PaneFigures]) -> Any:
    """The smallest of the values that a figure has in panes, `NOTHING` where it has none."""
    return _extreme(min, values, figure, panes)


def highest(values: list[Any], figure: str, panes: Sequence[PaneFigures]) -> Any:
    """The largest."""
    return _extreme(max, values, figure, panes)


def _extreme(choose: Callable[[list[Any]], Any], values: list[Any], figure: str, panes: Sequence[PaneFigures]) -> Any:
    found = choose(values) if values else NOTHING
    if values.count(found) > 1:
        equal = [pane for pane in panes if getattr(pane, figure) == found]
        found = getattr(min(equal, key=lambda pane: pane.came[figure][1]), figure)
    if any([pane.nans for pane in panes]):
        nans = [pane.nans[figure] for pane in panes if figure in pane.nans]
        came = [pane.came[figure][0] for pane in panes if figure in pane.came]
        first = min(nans, key=lambda nan: nan[0], default=None)
        if first is not None and first[0] < min(came, default=first[0] + 1):
            return first[1]
    return found
