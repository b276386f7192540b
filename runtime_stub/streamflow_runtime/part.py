"""A part of the service shell: one capability, linked only into graphs that need it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, NamedTuple

from streamflow_runtime.encode import show

if TYPE_CHECKING:
    from streamflow_runtime.http import Request, Response
    from streamflow_runtime.platform import Socket
    from streamflow_runtime.shell import Shell

    Endpoint = Callable[[Request, str], Awaitable[Response]]


OUTBOX = "outbox"  # `outbox:http` is the place of a letter that goes back to the outbox of such a sink


class Letter(NamedTuple):
    """What failed for good: `data` is JSON for people, `again` what a replay needs, a packet or rows of an outbox."""

    node: str
    data: str
    error: str
    attempts: int = 1
    line: int | None = None
    place: str | None = None  # where it enters again
    again: Any = None


class Commit:
    """What one commit carries besides the kernel's state rows."""

    def __init__(self, outputs: dict[str, list[Any]], failures: list[Any]) -> None:
        self.outputs = outputs  # packets by sink or tap
        self.batches: dict[str, list[list[Any]]] = {}  # of sinks that gather packets: the whole ones
        self.arrays: dict[str, list[tuple[str, str]]] = {}  # of them that broadcast: id and text of each batch
        self.failures = failures  # of user functions
        self.letters: list[Letter] = []
        self.returned: dict[str, list[dict[str, Any]]] = {}  # what goes back to the outbox of a sink
        self.meta: dict[str, Any] = {}  # changed entries of shell.meta

    def refuse(self, sink: str, packet: Any, error: str, attempts: int = 0) -> None:
        """A packet can't reach a sink: to the dead letters."""
        self.letters.append(Letter(sink, show(packet.data), error, attempts, None, sink, packet))

    def due(self, sink: str) -> list[Any]:
        """The packets that a sink which writes with the commit has to write now."""
        if sink in self.batches:
            return [packet for batch in self.batches[sink] for packet in batch]
        return self.outputs.get(sink, [])


class CommitFailed(Exception):
    """Nothing of the step has happened; the committed state is loaded again before the next one."""


class Part:
    """What a part may do; times are Unix seconds."""

    socket_kind = ""
    """The part gets the sockets whose attachment has this "kind"."""

    def __init__(self, shell: Shell) -> None:
        self.shell = shell

    def routes(self) -> dict[str, dict[str, Endpoint]]:
        """Endpoints by first path segment, or by whole path, then by method; called with the request and the rest."""
        return {}

    def start(self) -> None:
        """The committed rows are loaded; also called after a restore."""

    def stop(self) -> None:
        """Close what `start` opened."""

    def prepare(self, kernel: Any) -> None:
        """The kernel has taken a step, and nothing of it is committed."""

    def write(self, commit: Commit) -> None:
        """Inside the transaction: write rows, change nothing in memory."""

    def committed(self, commit: Commit) -> None:
        """After the transaction; must not raise."""

    def deadline(self, now: float) -> float | None:
        """When `wake` is to be called next; asked after every commit, so cheap."""
        return None

    def wake(self, now: float) -> None:
        """Some part's deadline has come, or the kernel's."""

    def full(self, source: str) -> bool:
        """Whether a buffer on a path from the source has reached its bound."""
        return False

    def bound(self) -> tuple[int, int]:
        """How many packets, and of how many characters together, each buffer may hold."""
        given = self.shell.service.get("buffer", {})
        return given.get("packets", 10_000), given.get("bytes", 16_777_216)

    def undelivered(self) -> int:
        """How many packets wait to be delivered."""
        return 0

    def depths(self) -> dict[str, int]:
        """How many of them wait, by sink."""
        return {}

    def socket_opened(self, socket: Socket) -> None:
        """A client has connected."""

    def socket_messages(self, socket: Socket, texts: list[str | bytes]) -> None:
        """A client has sent something."""

    def socket_closed(self, socket: Socket) -> None:
        """A client has gone."""
