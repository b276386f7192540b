"""Sources of type websocket with a url: connections that the graph opens and keeps open."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from streamflow_runtime.messages import note_malformed, push_messages
from streamflow_runtime.part import Part
from streamflow_runtime.secrets import fill, outbound_headers

if TYPE_CHECKING:
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
                Connection(self.shell, name, options)
                for name, options in self.shell.service["sources"].items()
                if options["type"] == "websocket" and "url" in options
            )
            self.wake(self.shell.platform.now())

    def stop(self) -> None:
        for connection in self.connections:
            if connection.socket is not None:
                connection.socket.close(1000, "stopped")
                connection.socket = None

    def deadline(self, now: float) -> float | None:
        return min((now + WATCH if each.socket else each.due for each in self.connections), default=None)

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
        self._wait = self._first_wait = float(options.get("reconnect") or 1.0)
        self._heard = 0.0

    def check(self, now: float) -> None:
        """Connect when it is time to; take a connection silent for `heartbeat` seconds for lost."""
        silence = self.options.get("heartbeat")
        if self.socket is not None:
            if silence and now - self._heard >= silence:
                self.drop("silent")
        elif now >= self.due and not self.shell.full(self.source):
            self._heard = now
            secrets = self.shell.secrets
            headers = outbound_headers(self.options, secrets)
            self.socket = self.shell.platform.connect(fill(self.options["url"], secrets), headers, self)
        elif now >= self.due:
            self.due = now + self._first_wait

    def opened(self) -> None:
        for text in self.options.get("subscribe") or ():
            if self.socket is not None:
                self.socket.send(fill(text, self.shell.secrets))

    def messages(self, texts: list[str | bytes]) -> None:
        shell = self.shell
        self._heard = now = shell.platform.now()
        self._wait = self._first_wait
        try:
            shell.run(
                lambda kernel, now: push_messages(kernel, self.source, texts, now)[1],
                lambda commit, malformed: note_malformed(commit, shell.meta, self.source, texts, malformed),
                self.source,
                now,
            )
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
