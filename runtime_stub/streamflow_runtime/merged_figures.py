"""Running figures of windows that may become one: sessions that a packet bridges, and panes, which windows share."""

from __future__ import annotations

from collections.abc import Iterable
from math import inf
from typing import Any

from streamflow_runtime.failure import kept
from streamflow_runtime.lifted import Lifted
from streamflow_runtime.running_sum import RunningSum


class MergedFigures(Lifted):
    """Those in `running` have `merge`, but for sums, to which the other's is added."""

    __slots__ = ()

    def __iadd__(self, other: Any) -> MergedFigures:
        self.count += other.count
        self.first, self.last = min(self.first, other.first), max(self.last, other.last)
        for name, reason in other.spoilt.items():
            self.spoilt[name] = min(reason, self.spoilt.get(name, reason), key=_time)
        for name in self.figures:
            try:
                self._merge(name, getattr(other, name))
            except Exception as error:
                self.spoilt.setdefault(name, [inf, *kept(error)])
        return self

    def gather(self, panes: Iterable[Any]) -> None:
        """Be what the panes of a window have together."""
        for pane in panes:
            self += pane

    def _merge(self, name: str, theirs: Any) -> None:
        own = getattr(self, name)
        if name not in self.running:
            setattr(self, name, own + theirs)
        elif isinstance(own, RunningSum):
            own.add(theirs.result())
        else:
            own.merge(theirs)


def _time(reason: list[Any]) -> Any:
    return reason[0]
