"""Sources of type websocket with a url: connections that the graph opens and keeps open."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING, Any

from streamflow_runtime.messages import note_malformed, push_messages
from streamflow_runtime.part import Part
from streamflow_runtime.secrets import fill, outbound_headers

if TYPE_CHECKING:
    from collections.abc import Callable

    from streamflow_runtime.messages import Malformed
    from streamflow_runtime.part import Commit
    from streamflow_runtime.platform import Socket
    from streamflow_runtime.shell import Shell

LONGEST_WAIT = 60.0
# While connected an alarm comes round, so that a connection lost with its process is opened again.
WATCH = 30.0


class OutboundWebSockets(Part):
    """Connects at the start, and again, after growing pauses, whenever a connection is lost."""

    connections: tuple[Connection, ...] = ()

    def start(self) -> None:
        if not self.connections:
            self.connections = tuple(
                connection
                for name, options in self.shell.service["sources"].items()
                if (connection := self.connect(name, options)) is not None
            )
            self.wake(self.shell.platform.now())

    def connect(self, source: str, options: dict[str, Any]) -> Connection | None:
        """What keeps up the source's connection; None for a source that is not this part's."""
        wanted = options["type"] == "websocket" and "url" in options
        return Connection(self.shell, source, options) if wanted else None

    def stop(self) -> None:
        for connection in self.connections:
            if connection.socket is not None:
                connection.socket.close(1000, "stopped")
                connection.socket = None

    def deadline(self, now: float) -> float | None:
        times = [each.next_check(now) for each in self.connections]
        return min((time for time in times if time < inf), default=None)

    def wake(self, now: float) -> None:
        for connection in self.connections:
            connection.check(now)


class Connection:
    """One source's connection: the platform's `Listener`."""

    def __init__(self, shell: Shell, source: str, options: dict[str, Any]) -> None:
        self.shell = shell
        self.source = source
        self.options = options
        self.socket: Socket | None = None
        self.due = 0.0
        self._wait = self.first_wait = float(options.get("reconnect") or 1.0)
        self._heard = 0.0

    def check(self, now: float) -> None:
        """Connect when it is time to; take a connection silent for `heartbeat` seconds for lost."""
        silence = self.options.get("heartbeat")
        if self.socket is not None:
            if silence and now - self._heard >= silence:
                self.drop("silent")
        elif now >= self.due and not self.shell.full(self.source):
            self._heard = now
            self.socket = self.open()
        elif now >= self.due:
            self.due = now + self.first_wait

    def next_check(self, now: float) -> float:
        """When to look after the connection again."""
        if self.socket is None:
            return self.due
        silence = self.options.get("heartbeat")
        return min(now + WATCH, self._heard + silence) if silence else now + WATCH

    def open(self) -> Socket:
        """Start to connect."""
        secrets = self.shell.secrets
        headers = outbound_headers(self.options, secrets)
        return self.shell.platform.connect(fill(self.options["url"], secrets), headers, self)

    def opened(self) -> None:
        for text in self.options.get("subscribe") or ():
            if self.socket is not None:
                self.socket.send(fill(text, self.shell.secrets))

    def messages(self, texts: list[str | bytes]) -> None:
        self.commit(
            lambda kernel, now: push_messages(kernel, self.source, texts, now, self.shell.service["limits"])[1],
            lambda commit, malformed: note_malformed(commit, self.shell.meta, self.source, texts, malformed),
        )

    def commit(self, step: Callable[[Any, float], Malformed], prepare: Callable[[Commit, Malformed], None]) -> None:
        """Take in what has come; where that fails, the connection is opened anew."""
        shell = self.shell
        self._heard = now = shell.platform.now()
        self._wait = self.first_wait
        try:
            shell.run(step, prepare, self.source, now)
        except Exception as error:  # nothing is lost that the other side sends again
            shell.log(f"{self.source}: {error!r}")
            self.drop("not committed")
        if self.socket is not None and shell.full(self.source):
            self.drop("a buffer is full", 1013)

    def closed(self, code: int, reason: str) -> None:
        self.shell.log(f"{self.source}: connection closed ({code} {reason}), next try in {self._wait:g} s")
        self.socket = None
        self.due = self.shell.platform.now() + self._wait
        self._wait = min(LONGEST_WAIT, self._wait * 2)
        self.shell.schedule()

    def drop(self, reason: str, code: int = 1000) -> None:
        """Close it and connect again after the pause."""
        if self.socket is not None:
            self.socket.close(code, reason)
            self.closed(code, reason)
