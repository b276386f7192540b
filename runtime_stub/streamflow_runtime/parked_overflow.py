"""Stages that drop: of the packets that wait for calls, or for the clock, those that a full buffer can't hold."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING, Any

from streamflow_runtime.parked_bound import ParkedBound, node_of
from streamflow_runtime.part import Commit

if TYPE_CHECKING:
    from streamflow_runtime.shell import Shell


class ParkedOverflow(ParkedBound):
    """Packets go before their batch commits, and are counted. Those whose calls are under way stay."""

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell)
        self._oldest: bool = shell.service["buffer"]["overflow"] == "drop_oldest"
        self._dropped: dict[str, int] = {}

    def full(self, source: str) -> bool:
        return False

    def prepare(self, kernel: Any) -> None:
        self._dropped.clear()
        for stage in kernel.stages:
            excess = len(stage.waiting) - self._room(stage.name, len(stage.waiting)) if stage.waiting else 0
            if excess > 0:
                idle = stage.idle()
                gone = idle[:excess] if self._oldest else idle[-excess:]
                for number in gone:
                    stage.drop(number)
                node = node_of(stage)
                self._dropped[node] = self._dropped.get(node, 0) + len(gone)
        if self._dropped:
            kernel.fire()  # they hold no watermark any more

    def write(self, commit: Commit) -> None:
        for node, dropped in self._dropped.items():
            commit.meta[f"overflow/{node}"] = self.shell.meta.get(f"overflow/{node}", 0) + dropped

    def _room(self, node: str, number: int) -> int:
        """How many packets of the size of those that wait may wait."""
        most, largest = self.bound()
        size = self.size(node, number)
        return min(most, ceil(largest * number / size)) if size else most
