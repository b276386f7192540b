"""Kernels of graphs in which failed packets wait to be tried again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from streamflow_runtime.attempts import fail_after
from streamflow_runtime.kernel import Kernel
from streamflow_runtime.packet import Packet

if TYPE_CHECKING:
    from streamflow_runtime.retries import Retries


class RecoveringKernel(Kernel):
    """A place is where a packet can wait: an input of a node (`total.in`), an edge (`total -> out`), ..."""

    def __init__(self, secrets: Mapping[str, str] | None = None) -> None:
        self.places: dict[str, Callable[[Packet], None]] = {}  # what takes a packet on there
        self.keepers: dict[str, Retries] = {}  # where those wait that are to be tried again
        super().__init__(secrets)

    def waits(self, place: str, packet: Packet) -> bool:
        """Whether a packet that comes to a place must wait there; it is kept until its turn."""
        return place in self.keepers and self.keepers[place].keeps(place, packet)

    def fail(self, where: str, error: BaseException, packet: Packet) -> None:
        keeper = self.keepers.get(where)
        if keeper is None or not keeper.takes(where, packet):
            self.give_up(where, error, packet, 1 if keeper is None else keeper.tries(where))

    def give_up(self, place: str, error: BaseException, packet: Packet, attempts: int = 1) -> None:
        """A packet failed for good, after so many tries."""
        fail_after(attempts, self, super().fail, place, error, packet)
