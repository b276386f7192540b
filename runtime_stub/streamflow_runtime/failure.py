"""What a failing node reports, and which line of the user's program stands behind a line of the kernel."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any

from streamflow_runtime.packet import Packet

if TYPE_CHECKING:
    from streamflow_runtime.kernel import Kernel

Lines = Sequence[tuple[int, str, str, int]]  # line of the kernel, node, user's file, user's line


class Failure:
    """A packet that a node could not process. `packet` is as the node received it; `line` is the user's that raised.

    `where` is the place of the failure: the node, an input of it, or an edge; "" where the packet can't enter again.
    """

    attempts = 1  # tries, the last one counted

    def __init__(
        self,
        node: str,
        exception: BaseException,
        packet: Packet,
        file: str | None,
        line: int | None,
        where: str,
    ) -> None:
        self.node = node
        self.where = where
        self.error = str(exception)
        self.type = type_of(exception)
        self.exception = exception
        self.packet = packet
        self.data = packet.data
        self.file = file
        self.line = line

    def record(self) -> dict[str, Any]:
        """The failure as data, as the node's `error` port sends it."""
        return {"error": self.error, "type": self.type, "node": self.node, "line": self.line, "data": self.data}

    def __repr__(self) -> str:
        return f"Failure({self.node!r}, {self.type}: {self.error}, line {self.line})"


class KeptError(Exception):
    """An error of which only this was kept: `type` names its class, `file` and `line` are the user's."""

    def __init__(self, type: str, message: str, file: str | None = None, line: int | None = None) -> None:
        super().__init__(message)
        self.type, self.file, self.line = type, file, line


def type_of(error: BaseException) -> str:
    """The name of an error's class, of one that was kept, too."""
    return error.type if isinstance(error, KeptError) else type(error).__name__


def kept(error: BaseException, kernel: Kernel | type[Kernel] | None = None) -> list[Any]:
    """What `KeptError` takes to be that error again; the user's line, too, where a kernel tells it."""
    return [type_of(error), str(error), *(() if kernel is None else user_line(error, kernel.file, kernel.lines))]


def node_of(where: str) -> str:
    """The node of a place: of itself, of an input or a step of it (`pairs.left`), of a conditional edge (`a -> b`)."""
    return where.partition(" -> ")[0].partition(".")[0]


def node_at(lines: Lines, line: int) -> str:
    """The node whose code stands at this line of the kernel."""
    return lines[bisect_right(lines, line, key=lambda entry: entry[0]) - 1][1]


def user_line(error: BaseException, kernel_file: str, lines: Lines) -> tuple[str | None, int | None]:
    """File and line of the user's program: the innermost frame of the kernel that holds code of the user's."""
    if isinstance(error, KeptError):
        return error.file, error.line
    found: tuple[str | None, int | None] = (None, None)
    trace: TracebackType | None = error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == kernel_file and lines:
            index = bisect_right(lines, trace.tb_lineno, key=lambda entry: entry[0]) - 1
            if index >= 0 and lines[index][3]:
                found = lines[index][2], lines[index][3]
        trace = trace.tb_next
    return found
