"""The bound of parked packets: a source that leads to a stage which waits for too many calls is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamflow_runtime.part import Part

if TYPE_CHECKING:
    from streamflow_runtime.shell import Shell
    from streamflow_runtime.stage import Stage

# So many packets are measured anew when their number has changed by so much.
CHANGED = 0.25


class ParkedBound(Part):
    """How large the packets are is read from their rows, and only once in a while."""

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell)
        self._measured: dict[str, tuple[int, float]] = {}  # how many there were, and their mean size

    def full(self, source: str) -> bool:
        most, largest = self.bound()
        reached = self.shell.service.get("paths", {}).get(source, ())
        return any(
            stage.waiting
            and node_of(stage) in reached
            and (len(stage.waiting) >= most or self.size(stage.name, len(stage.waiting)) >= largest)
            for stage in self.shell.open().stages
        )

    def size(self, node: str, number: int) -> float:
        """How large so many packets are, by those that have been committed."""
        counted, mean = self._measured.get(node, (0, 0.0))
        if abs(number - counted) > CHANGED * counted:
            ((rows, size),) = self.shell.platform.sql(
                "SELECT count(*), total(length(value)) FROM _streamflow_state WHERE node = ? AND key = ''", node
            )
            counted, mean = rows, size / max(rows, 1)
            self._measured[node] = counted, mean
        return number * mean


def node_of(stage: Stage) -> str:
    """The node at which a stage keeps packets: before it, behind it or in it."""
    return stage.name.partition(" ")[0]
