"""What is sent at the end of input: it is due after every window of time."""

from __future__ import annotations

from math import inf

from streamflow_runtime.stage import Stage

LAST = 10**15  # ms: when that is; no timestamp is as large


class AtEnd(Stage):
    """A stage with something left to send when its input has ended.

    Until it has, the watermark behind it stays where it was at the end, so that what it sends comes there as if it were
    the last of the input.
    """

    partial = True  # False: it keeps what is left to itself
    last: float | None = None  # the watermark that left it when the input ended

    def send_rest(self) -> None:
        """Send what is left: the input has ended, and all that came before is sent."""
        raise NotImplementedError

    def held(self, watermark: float) -> float:
        if not self._waits_for_end():
            return super().held(watermark)
        if self.last is None:  # asked for the first time since the end, before anything fires
            self.last = super().held(self.watermark)
        return self.last

    def first_end(self) -> float:
        end = super().first_end()
        return LAST if end == inf and self._waits_for_end() else end

    def fire(self, end: float) -> None:
        super().fire(end)
        if self.partial and end >= LAST:
            self.send_rest()

    def next_moment(self, clock: float) -> float:
        moment = super().next_moment(clock)
        return moment if moment < LAST else inf

    def _waits_for_end(self) -> bool:
        """The input has ended at the sources, and not yet here."""
        return self.partial and self.watermark < LAST and all(source.high == inf for source in self.delays)
