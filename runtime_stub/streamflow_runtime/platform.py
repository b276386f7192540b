"""What the service shell needs from the place it runs in: storage, clock, network, sockets.

Two adapters implement `Platform`: `cloudflare.py` (raw bindings of a Durable Object) and the compiler package's
`host/local_platform.py` (sqlite3, asyncio, aiohttp). No method is called once per event; what is synchronous here never
awaits, so that a batch is admitted, committed and acknowledged without another request in between.

What an adapter calls on the `Shell`, in this order:

- `Shell(Kernel, SERVICE, platform, parts)` once per process or isolate; it touches nothing yet.
- `shell.open()` creates tables, loads the last committed rows and starts outbound connections, polls and deliveries.
  Called when the object is constructed; every entry below calls it again, which costs nothing when it is open. It
  raises `MissingSecret`.
- `await shell.respond(request)` for a request; it checks access itself and never raises.
- `shell.wake()` for the alarm.
- for sockets of clients: `shell.socket_opened(socket)`, `shell.socket_messages(socket, texts)` and
  `shell.socket_closed(socket)`, the two latter also for sockets that outlived a restart.

Types only: nothing here runs, so nobody links this file; import it under `TYPE_CHECKING`.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from typing import Any, Protocol

Value = str | bytes | int | float | None


class Socket(Protocol):
    """One open connection: a client's WebSocket, a client's event stream, or a WebSocket that the graph opened.

    The same connection is always the same object, or an equal one with the same hash.
    """

    @property
    def attachment(self) -> dict[str, Any]:
        """What the shell noted about this connection: JSON, under 2 KB, survives hibernation; {} for outbound ones."""

    @attachment.setter
    def attachment(self, value: dict[str, Any]) -> None: ...

    def send(self, text: str) -> None:
        """Send one text; never raises. On a connection that is already gone it does nothing."""

    def close(self, code: int = 1000, reason: str = "") -> None:
        """Close; never raises, also when called twice. An event stream just ends."""


class Listener(Protocol):
    """What `Platform.connect` calls back, in the order in which things happened; never after `closed`."""

    def opened(self) -> None:
        """The connection is open: `send` may be called."""

    def messages(self, texts: list[str | bytes]) -> None:
        """What has arrived since the last call: one commit for the list.

        The adapter collects what arrives within about a millisecond (at most some hundred messages, without running
        Python for each one where it can) before it calls.
        """

    def closed(self, code: int, reason: str) -> None:
        """The connection is gone, or could not be opened (code 1006). Called once; not after `close`."""


class Platform(Protocol):
    """The services of one durable object; times are Unix seconds."""

    table_prefix: str
    """In front of the tables of database sinks: "" where they live in the object's own database, else e.g. "sinks."."""

    def now(self) -> float:
        """The clock."""

    def sql(self, query: str, *parameters: Value) -> list[tuple[Any, ...]]:
        """Run one statement with `?` parameters; its rows (a column is str, int, float, bytes or None).

        A failing statement raises and leaves an enclosing transaction as it was before the statement.
        """

    def transaction(self, function: Callable[[], None]) -> None:
        """Call `function`; what it wrote is durable before any answer or message that follows leaves.

        Rolls back everything and raises the same error if it raises. Never nested.
        """

    def set_alarm(self, at: float) -> None:
        """Call `shell.wake()` at `at`, or soon if that has passed, also after a restart; replaces the last alarm."""

    def call_later(self, seconds: float, function: Callable[[], None]) -> None:
        """Call `function` after that time, unless the process ends first. 0: when the current call has returned."""

    def spawn(self, coroutine: Coroutine[Any, Any, None]) -> None:
        """Run a coroutine in the background; it handles its own errors."""

    async def fetch(
        self, method: str, url: str, headers: dict[str, str], body: str | bytes | None, timeout: float
    ) -> tuple[int, dict[str, str], bytes]:
        """One HTTP request: status, headers (lower-case names), body. Redirects are followed.

        Raises OSError (ConnectionError, TimeoutError) when no answer comes within `timeout` seconds.
        """

    async def call(self, binding: str, method: str, *arguments: Any) -> Any:
        """A method of one of the platform's own stores; values are text, bytes or JSON.

        Raises OSError where it fails, ValueError where there is no such binding or it can't take that.
        """

    async def query(
        self, binding: str, statements: Sequence[tuple[str, Sequence[Value]]]
    ) -> list[list[dict[str, Any]]]:
        """SQL statements with `?` parameters for a bound database, in one transaction; the rows of each.

        Raises OSError where it fails, ValueError where the database refuses a statement or there is no such binding.
        """

    def connect(self, url: str, headers: dict[str, str], listener: Listener) -> Socket:
        """Start to open a WebSocket (ws, wss); never raises and never calls `listener` before it has returned."""

    def stream(self, url: str, headers: dict[str, str], listener: Listener) -> Socket:
        """Start to read a server's event stream over HTTP; as `connect`, but it comes as pieces of bytes.

        An answer that is not 200 and an event stream closes it with the status as the code; its end is 1000.
        """

    def sockets(self) -> list[Socket]:
        """All open sockets of clients (WebSockets and event streams), those that outlived a restart included."""

    def secret(self, name: str) -> str | None:
        """A deployment secret."""

    def log(self, text: str) -> None:
        """One line to the platform's log; secrets are already redacted."""
