"""The time around a packet in which nothing is due: its bounds are timestamps as they come, in seconds."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf, nextafter

from streamflow_runtime.event_time import event_time, milliseconds
from streamflow_runtime.local_tumbling import LocalTumbling
from streamflow_runtime.stage import Source


class Span:
    """From a moment to another, nothing behind a source is due, and packets lie in the windows looked at last."""

    nowhere = (-inf, -inf, -inf)

    def __init__(self, source: Source, windows: Sequence[LocalTumbling]) -> None:
        self.source, self.windows = source, windows
        self._bounds: dict[float, float] = {}

    def around(self, time: int) -> tuple[float, float, float]:
        """The span around a time in ms: its first moment, the largest so far or the first like it, and its end."""
        start = max([window.near_end - window.size for window in self.windows])
        end = min([self.source.due, *[window.near_end for window in self.windows]])
        low, high = max(self._first(start), -1e11), min(self._first(end), 1e11)
        if low <= 1 and high > 0:  # True and False are no moments
            low, high = (low, 0) if time < 0 else (nextafter(1, inf), high)
        top = self._first(self.source.high)
        return low, top, high if low <= top else -inf

    def leave(self, top: float) -> float:
        """The largest moment was `top`: what the watermark is made of. Gives the end of a span that is empty."""
        if top > -inf and self.source.high < inf:
            self.source.high = max(self.source.high, event_time(top))
        return -inf

    def _first(self, time: float) -> float:
        """The smallest number of seconds that is this time or later."""
        if time not in self._bounds:
            if len(self._bounds) > 8:
                self._bounds.clear()
            self._bounds[time] = first_of(time)
        return self._bounds[time]


def first_of(time: float) -> float:
    """The smallest number of seconds that is this time (ms) or later, as timestamps are rounded."""
    if time in (inf, -inf):
        return time
    seconds = (time - 0.5) / 1000
    while milliseconds(seconds) >= time:
        seconds = nextafter(seconds, -inf)
    while milliseconds(seconds) < time:
        seconds = nextafter(seconds, inf)
    return seconds
