"""What a failing node reports, and which line of the user's program stands behind a line of the kernel."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any

from streamflow_runtime.packet import Packet

Lines = Sequence[tuple[int, str, str, int]]  # line of the kernel, node, user's file, user's line


@dataclass(frozen=True, eq=False)
class Failure:
    """A packet that a node could not process. `packet` and `data` are as the node received them."""

    node: str
    error: str
    type: str
    line: int | None
    file: str | None
    data: Any
    packet: Packet
    exception: BaseException

    def record(self) -> dict[str, Any]:
        """The failure as data, as the node's `error` port sends it."""
        return {"error": self.error, "type": self.type, "node": self.node, "line": self.line, "data": self.data}


def node_at(lines: Lines, line: int) -> str:
    """The node whose code stands at this line of the kernel."""
    return lines[bisect_right(lines, line, key=lambda entry: entry[0]) - 1][1]


def user_line(error: BaseException, kernel_file: str, lines: Lines) -> tuple[str | None, int | None]:
    """File and line of the user's program: the innermost frame of the kernel that holds code of the user's."""
    found: tuple[str | None, int | None] = (None, None)
    trace: TracebackType | None = error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == kernel_file and lines:
            index = bisect_right(lines, trace.tb_lineno, key=lambda entry: entry[0]) - 1
            if index >= 0 and lines[index][3]:
                found = lines[index][2], lines[index][3]
        trace = trace.tb_next
    return found
