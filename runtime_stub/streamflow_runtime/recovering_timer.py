"""Timers whose function is called again for a tick at which it has failed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from streamflow_runtime.packet import Packet
from streamflow_runtime.timer import Timer

if TYPE_CHECKING:
    from streamflow_runtime.recovering_kernel import RecoveringKernel


class RecoveringTimer(Timer):
    """Later ticks wait behind one that has failed. A tick that waits has its number among the admitted ones."""

    kernel: RecoveringKernel

    @property
    def place(self) -> str:
        """Where ticks wait."""
        return f"{self.name}.tick"

    def tick(self) -> list[Any]:
        assert self.function is not None
        packet = Packet(self.ticks, self.next or 0, self.name, self.admitted, "", {})
        self.ticks, self.next = self.ticks + 1, self.following(packet.time)
        if self.kernel.waits(self.place, packet):
            self.admitted += 1
            return []
        try:
            value = self.function(packet.data)
        except Exception as error:
            self.admitted += 1
            self.kernel.fail(self.place, error, packet)
            return []
        return [] if value is None else [value]

    def again(self, packet: Packet) -> None:
        """Call the function for a tick that has waited; what it gives enters with the number that the tick has."""
        assert self.function is not None
        try:
            value = self.function(packet.data)
        except Exception as error:
            self.kernel.fail(self.place, error, packet)
            return
        if value is not None:
            assert isinstance(packet.origin, int)
            admitted, self.admitted = self.admitted, packet.origin
            self.kernel.runners[self.name]([value], {}, packet.time if self.by_clock else None)
            self.admitted = admitted
