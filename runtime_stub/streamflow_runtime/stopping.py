"""What tells that a graph is stopped by its error strategy."""

from __future__ import annotations

from typing import Any


class Stopped(RuntimeError):
    """Nothing is taken in: a packet failed at a node with the strategy `stop`. `reason` is `kernel.stopped`."""

    def __init__(self, reason: dict[str, Any]) -> None:
        super().__init__(f"the graph is stopped at {place_of(reason)}: {reason['type']}: {reason['error']}")
        self.reason = reason


def place_of(reason: dict[str, Any]) -> str:
    """The node where it failed, and the line of the program."""
    return f"{reason['node']}, line {reason['line']}" if reason["line"] else str(reason["node"])
