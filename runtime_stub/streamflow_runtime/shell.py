"""The service shell: takes batches into the kernel, commits what they changed, wakes up in time. On any platform.

The kernel computes; the shell makes it durable. Every change of state goes through `Shell.run`: the step changes the
kernel, then changed rows, outputs and whatever the parts write commit in one transaction, and only then does anybody
hear of it. If the transaction fails, the kernel is dropped and the last committed rows are loaded again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from json import dumps, loads
from typing import TYPE_CHECKING, Any, TypeVar

from streamflow_runtime import routes
from streamflow_runtime.dead_letters import DeadLetters
from streamflow_runtime.decode import BadInput
from streamflow_runtime.latency import Latency
from streamflow_runtime.part import Commit, CommitFailed, Part
from streamflow_runtime.secrets import read_secrets, redact
from streamflow_runtime.subscriptions import Subscriptions

if TYPE_CHECKING:
    from streamflow_runtime.cross_origin import CrossOrigin
    from streamflow_runtime.group_commit import GroupCommit
    from streamflow_runtime.http import Request, Response
    from streamflow_runtime.newest_outputs import NewestOutputs
    from streamflow_runtime.platform import Platform, Socket
    from streamflow_runtime.signing import Signing

T = TypeVar("T")

TABLES = (
    "CREATE TABLE IF NOT EXISTS _streamflow_state (node TEXT, key TEXT, window TEXT, part INTEGER, value TEXT,"
    " PRIMARY KEY (node, key, window, part)) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS _streamflow_batches (id TEXT UNIQUE, digest TEXT, response TEXT, time REAL)",
    "CREATE TABLE IF NOT EXISTS _streamflow_meta (name TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID",
)
PUT_ROWS = (
    "INSERT OR REPLACE INTO _streamflow_state"
    " SELECT value->>0, value->>1, value->>2, value->>3, value->>4 FROM json_each(?)"
)
DROP_ROWS = (
    "DELETE FROM _streamflow_state WHERE (node, key, window, part) IN"
    " (SELECT value->>0, value->>1, value->>2, value->>3 FROM json_each(?))"
)
PUT_META = "INSERT OR REPLACE INTO _streamflow_meta SELECT value->>0, value->>1 FROM json_each(?)"

# A bound value may hold 2 MB on the platform, and escaping can nearly double a row.
STATEMENT_CHARACTERS = 1_000_000


class Shell:
    """One graph as a durable service."""

    def __init__(
        self,
        kernel_class: Any,
        service: dict[str, Any],
        platform: Platform,
        parts: Iterable[Callable[[Shell], Part]] = (),
    ) -> None:
        self.kernel_class = kernel_class
        self.service = service
        self.platform = platform
        self.kernel: Any = None
        self.started = self.stopped = False
        self.secrets: dict[str, str] = {}
        self.meta: dict[str, Any] = {}
        """Small durable entries by name: outbox row numbers, clients' offsets, ..."""
        self.latencies: dict[str, Latency] = {}
        self.retries: dict[str, int] = {}  # deliveries that were tried again, by sink
        # Parts that others ask, where a graph has them
        self.signing: Signing | None = None
        self.newest: NewestOutputs | None = None
        self.cross_origin: CrossOrigin | None = None
        self.group: GroupCommit | None = None
        self.parts: list[Part] = [part(self) for part in (*parts, Subscriptions, DeadLetters)]
        self.endpoints = routes.endpoints(self)
        self._alarm: float | None = None

    def open(self) -> Any:
        """The kernel with the committed state; the first call starts the parts. Raises MissingSecret."""
        if self.kernel is None:
            self.secrets = read_secrets(self.service, self.platform.secret)
            for table in TABLES:
                self.platform.sql(table)
            self.meta = {name: loads(value) for name, value in self.platform.sql("SELECT * FROM _streamflow_meta")}
            kernel = self.kernel_class(self.secrets)
            kernel.load(self.platform.sql("SELECT * FROM _streamflow_state"))
            self.kernel = kernel
            if not self.started:
                self._start()
        return self.kernel

    def run(
        self,
        step: Callable[[Any, float], T],
        prepare: Callable[[Commit, T], None] | None = None,
        source: str | None = None,
        arrived: float | None = None,
    ) -> T:
        """Let `step(kernel, now)` change the kernel and commit what came of it; returns the step's result.

        `prepare(commit, result)` is called inside the transaction. The time since `arrived` counts as the source's
        latency. Raises BadInput if the step does (the kernel is then unchanged), CommitFailed if anything else fails.
        """
        kernel = self.open()
        if source is not None and self.draining:
            raise CommitFailed("the input has ended")
        try:
            result = step(kernel, self.platform.now())
            for part in self.parts:
                part.prepare(kernel)
            rows = kernel.changes()  # first: a packet that can't be kept fails here
            outputs = {name: packets for name in kernel.outputs if (packets := kernel.take(name))}
            commit = Commit(outputs, kernel.failures())

            def write() -> None:
                if prepare:
                    prepare(commit, result)
                for part in self.parts:
                    part.write(commit)
                self.write_state(rows, commit.meta)

            self.platform.transaction(write)
        except BadInput:
            raise
        except Exception as error:
            self.kernel = None
            self.log(f"commit failed: {error!r}")
            self._ring(self.platform.now() + 1)
            raise CommitFailed(str(error)) from error
        self.meta.update(commit.meta)
        if source is not None and arrived is not None:
            self.count_latency(source, arrived)
        for part in self.parts:
            part.committed(commit)
        self.schedule()
        return result

    def wake(self) -> None:
        """The alarm: let time pass in the kernel and in every part."""
        self._alarm = None
        if self.stopped:
            return
        try:
            deadline = self.open().next_deadline()
            if deadline is not None and deadline <= self.platform.now() and not self.draining:
                self.run(lambda kernel, now: kernel.advance(now))
            for part in self.parts:
                part.wake(self.platform.now())
            self.schedule()
        except Exception as error:  # an alarm must never be lost
            self.log(f"wake-up failed: {error!r}")
            self._ring(self.platform.now() + 1)

    def schedule(self) -> None:
        """Set the one alarm to the earliest deadline. An alarm that is early costs less than moving it every time."""
        now = self.platform.now()
        times = [part.deadline(now) for part in self.parts]
        if self.kernel and not self.draining:
            times.append(self.kernel.next_deadline())
        earliest = min((time for time in times if time is not None), default=None)
        if earliest is not None and (self._alarm is None or earliest < self._alarm):
            self._ring(earliest)

    @property
    def draining(self) -> bool:
        """Whether the input has ended, for good."""
        return bool(self.meta.get("draining"))

    def full(self, source: str) -> bool:
        """Whether the source must not be admitted from: the input has ended, or a buffer behind it is at its bound."""
        return self.draining or any(part.full(source) for part in self.parts)

    def count_latency(self, node: str, since: float) -> None:
        """A source has admitted, a call has ended, or a sink delivered, what came at `since`."""
        self.latencies.setdefault(node, Latency()).add(self.platform.now() - since)

    def stop(self) -> None:
        """Close connections and take nothing more; what is committed stays."""
        self.stopped = True
        for part in self.parts if self.started else ():
            part.stop()

    async def respond(self, request: Request) -> Response:
        """Answer a request, access checked; never raises."""
        return await routes.respond(self, request)

    def socket_opened(self, socket: Socket) -> None:
        """A client's connection, accepted after `respond`, is open."""
        self._part_of(socket).socket_opened(socket)

    def socket_messages(self, socket: Socket, texts: list[str | bytes]) -> None:
        """What a client has sent since the last call, in order: one commit. The adapter collects, as for `Listener`."""
        self._part_of(socket).socket_messages(socket, texts)

    def socket_closed(self, socket: Socket) -> None:
        """A client's connection is gone."""
        self._part_of(socket).socket_closed(socket)

    def insert(self, statement: str, rows: Sequence[Any]) -> None:
        """One statement for many rows; it reads them by `json_each(?)`. In pieces only where the platform needs it."""
        for _, text in self.pieces(rows):
            self.platform.sql(statement, text)

    def pieces(self, rows: Sequence[Any]) -> Iterator[tuple[Sequence[Any], str]]:
        """Rows, and their JSON text, as many at a time as one statement can take."""
        text = dumps(rows)
        if len(text) > STATEMENT_CHARACTERS and len(rows) > 1:
            middle = len(rows) // 2
            yield from self.pieces(rows[:middle])
            yield from self.pieces(rows[middle:])
        elif rows:
            yield rows, text

    def write_state(self, rows: Sequence[Sequence[Any]], meta: dict[str, Any]) -> None:
        """Inside a transaction: the kernel's changed rows and these entries of `meta`."""
        self.insert(PUT_ROWS, [row for row in rows if row[4] is not None])
        self.insert(DROP_ROWS, [row[:4] for row in rows if row[4] is None])
        self.insert(PUT_META, [(name, dumps(value)) for name, value in meta.items()])

    def log(self, text: str) -> None:
        """One line to the platform's log, without secrets."""
        self.platform.log(redact(text, self.secrets))

    def _start(self) -> None:
        try:
            for part in self.parts:
                part.start()
        except Exception:
            self.kernel = None  # the next `open` starts them all again
            raise
        self.started = True
        if any(source["type"] == "timer" for source in self.service["sources"].values()):
            self.run(lambda kernel, now: kernel.resume(now))
        self.schedule()

    def _ring(self, at: float) -> None:
        self._alarm = at
        self.platform.set_alarm(at)

    def _part_of(self, socket: Socket) -> Part:
        self.open()
        kind = socket.attachment["kind"]
        return next(part for part in self.parts if part.socket_kind == kind)
