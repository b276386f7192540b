"""The service shell's platform on this machine: sqlite3, asyncio, aiohttp."""

from __future__ import annotations

import asyncio
import sqlite3
import sys
import time
from collections.abc import Callable, Coroutine, Sequence
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aiohttp

from streamflow.host.local_bindings import LocalBindings
from streamflow.host.local_secrets import LocalSecrets
from streamflow.host.local_sockets import LocalSocket, read_all

if TYPE_CHECKING:
    from streamflow_runtime.platform import Listener, Socket, Value

LARGEST_MESSAGE = 32 * 1024 * 1024


class LocalPlatform:
    """One graph's storage, clock, timers and network.

    `state`: the SQLite file of the state, in memory if None. `tables`: the file in which database sinks have their
    tables; if None they live beside the state. `bindings`: the stand-ins of the platform's own stores, in memory unless
    given. `clock` gives Unix seconds; alarms wait for the difference in real time.
    """

    def __init__(
        self,
        state: Path | None = None,
        tables: Path | None = None,
        *,
        bindings: LocalBindings | None = None,
        clock: Callable[[], float] = time.time,
        secret: Callable[[str], str | None] | None = None,
        log: Callable[[str], None] | None = None,
    ) -> None:
        self._database = _open(state)
        self.now = clock
        self.secret = secret or LocalSecrets()
        self.log = log or (lambda text: print(text, file=sys.stderr))
        self.wake: Callable[[], None] = lambda: None  # the shell's, set by whoever makes it
        self.table_prefix = ""
        self._tasks: set[asyncio.Task[None]] = set()
        self._timers: set[asyncio.TimerHandle] = set()
        self.bindings = bindings or LocalBindings(None, clock)
        self._alarm: asyncio.TimerHandle | None = None
        self._clients: dict[LocalSocket, None] = {}
        self._session: aiohttp.ClientSession | None = None
        if tables is not None:
            tables.parent.mkdir(parents=True, exist_ok=True)
            self._database.execute("ATTACH ? AS sinks", (str(tables),))
            self.table_prefix = "sinks."

    def sql(self, query: str, *parameters: Value) -> list[tuple[Any, ...]]:
        """Run one statement."""
        return self._database.execute(query, parameters).fetchall()

    def transaction(self, function: Callable[[], None]) -> None:
        """All of it or nothing."""
        self._database.execute("BEGIN IMMEDIATE")
        try:
            function()
            self._database.execute("COMMIT")
        except BaseException:
            if self._database.in_transaction:
                self._database.execute("ROLLBACK")
            raise

    def set_alarm(self, at: float) -> None:
        """One timer, replaced by the next."""
        if self._alarm is not None:
            self._alarm.cancel()
        self._alarm = asyncio.get_running_loop().call_later(max(0.0, at - self.now()), self.wake)

    def call_later(self, seconds: float, function: Callable[[], None]) -> None:
        """A timer that ends with the graph."""

        def run() -> None:
            self._timers.discard(timer)
            function()

        timer = asyncio.get_running_loop().call_later(seconds, run)
        self._timers.add(timer)

    def spawn(self, coroutine: Coroutine[Any, Any, None]) -> None:
        """A task that ends with the graph."""
        task = asyncio.get_running_loop().create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def fetch(
        self, method: str, url: str, headers: dict[str, str], body: str | bytes | None, timeout: float
    ) -> tuple[int, dict[str, str], bytes]:
        """One request; OSError where no answer comes."""
        try:
            async with self._http().request(
                method, url, headers=headers, data=_payload(body), timeout=aiohttp.ClientTimeout(total=timeout)
            ) as response:
                names = {name.lower(): value for name, value in response.headers.items()}
                return response.status, names, await response.read()
        except aiohttp.ClientError as error:
            raise ConnectionError(f"{type(error).__name__}: {error}") from error

    async def call(self, binding: str, method: str, *arguments: Any) -> Any:
        """A method of a binding's stand-in."""
        try:
            return self.bindings.call(binding, method, *arguments)
        except sqlite3.OperationalError as error:
            raise OSError(f"{binding}: {error}") from error

    async def query(
        self, binding: str, statements: Sequence[tuple[str, Sequence[Value]]]
    ) -> list[list[dict[str, Any]]]:
        """Statements of a bound database's stand-in."""
        return self.bindings.query(binding, statements)

    def connect(self, url: str, headers: dict[str, str], listener: Listener) -> Socket:
        """Open a WebSocket in the background."""
        socket = LocalSocket()
        self.spawn(self._converse(url, headers, listener, socket))
        return socket

    def stream(self, url: str, headers: dict[str, str], listener: Listener) -> Socket:
        """Read an event stream in the background."""
        socket = LocalSocket()
        self.spawn(self._read_stream(url, headers, listener, socket))
        return socket

    def sockets(self) -> list[Socket]:
        """The clients' connections."""
        return list(self._clients)

    def add_client(self, socket: LocalSocket) -> None:
        """A client has connected to the server."""
        self._clients[socket] = None

    def remove_client(self, socket: LocalSocket) -> None:
        """It has gone."""
        self._clients.pop(socket, None)

    async def halt(self) -> None:
        """End timers, tasks and connections; the database stays open."""
        for timer in (self._alarm, *self._timers):
            if timer is not None:
                timer.cancel()
        self._alarm = None
        self._timers.clear()
        tasks = [task for task in self._tasks if task is not asyncio.current_task()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._session is not None:
            await self._session.close()
            self._session = None

    def close(self) -> None:
        """Close the database."""
        self._database.close()
        self.bindings.close()

    def __del__(self) -> None:
        # A graph that was only stopped keeps its state for the next start; the last one to hold it lets go of the file.
        if hasattr(self, "_database"):  # the file may have refused to open
            self.close()

    def _http(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession()
        return self._session

    async def _converse(self, url: str, headers: dict[str, str], listener: Listener, socket: LocalSocket) -> None:
        code, reason = 1006, ""
        try:
            async with self._http().ws_connect(
                url, headers=headers, max_msg_size=LARGEST_MESSAGE, heartbeat=30.0
            ) as connection:
                writer = asyncio.create_task(socket.write_to(connection))
                try:
                    listener.opened()
                    await read_all(connection, lambda texts: None if socket.closing else listener.messages(texts))
                finally:
                    await socket.finish(writer)
                code = connection.close_code or 1006
        except (aiohttp.ClientError, OSError) as error:
            reason = str(error)
        if not socket.closing:
            listener.closed(code, reason)

    async def _read_stream(self, url: str, headers: dict[str, str], listener: Listener, socket: LocalSocket) -> None:
        code, reason = 1006, ""
        timeout = aiohttp.ClientTimeout(total=None, sock_connect=30.0)
        try:
            async with self._http().get(url, headers=headers, timeout=timeout) as response:
                if response.status == 200 and response.content_type == "text/event-stream":
                    listener.opened()
                    async for piece in response.content.iter_any():
                        if socket.closing:
                            return
                        listener.messages([piece])
                    code, reason = 1000, "the stream has ended"
                else:
                    media_type = response.headers.get("content-type", "")
                    code, reason = response.status, f"the server answered {response.status} {media_type}".strip()
        except (aiohttp.ClientError, OSError) as error:
            reason = str(error)
        if not socket.closing:
            listener.closed(code, reason)


def _payload(body: str | bytes | None) -> bytes | BytesIO | None:
    data = body.encode() if isinstance(body, str) else body
    # aiohttp sends large bytes in one go, which holds up everything else
    return BytesIO(data) if data and len(data) > 1_000_000 else data


def _open(state: Path | None) -> sqlite3.Connection:
    if state is None:
        return sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
    state.parent.mkdir(parents=True, exist_ok=True)
    database = sqlite3.connect(state, isolation_level=None, check_same_thread=False)
    database.execute("PRAGMA journal_mode = WAL")
    return database
