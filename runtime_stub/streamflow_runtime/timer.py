"""Timers: one packet a tick, aligned to the epoch."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from streamflow_runtime.packet import Packet
from streamflow_runtime.stage import Source

if TYPE_CHECKING:
    from streamflow_runtime.kernel import Kernel


class Timer(Source):
    """A source that ticks every `interval` ms. `function(tick)` gives the data; the number of ticks is state."""

    def __init__(
        self,
        kernel: Kernel,
        name: str,
        interval: int,
        function: Callable[[int], Any] | None = None,
        out_of_orderness: int | None = None,
        catch_up: bool = False,
    ) -> None:
        super().__init__(name, out_of_orderness)
        self.kernel, self.interval, self.function, self.catch_up = kernel, interval, function, catch_up
        self.ticks = 0

    def start(self, clock: int) -> None:
        self.next = self.following(clock)

    def following(self, moment: int) -> int:
        """The first tick after a moment, in ms."""
        return moment // self.interval * self.interval + self.interval

    def skip_missed(self, clock: int) -> None:
        if not self.catch_up and self.next is not None and self.next <= clock:
            self.start(clock)

    def tick(self) -> list[Any]:
        """The data of one tick; nothing where the function gives None or fails."""
        number, self.ticks = self.ticks, self.ticks + 1
        moment, self.next = self.next or 0, self.following(self.next or 0)
        if self.function is None:
            return [number]
        try:
            value = self.function(number)
        except Exception as error:
            self.admitted += 1
            self.kernel.fail(self.name, error, Packet(number, moment, self.name, self.admitted - 1, "", {}))
            return []
        return [] if value is None else [value]

    def clocks(self) -> list[Any]:
        return [*super().clocks(), self.next, self.ticks]

    def set_clocks(self, clocks: list[Any]) -> None:
        super().set_clocks(clocks)
        self.next, self.ticks = clocks[2:]
