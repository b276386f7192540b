"""The service shell's platform on Cloudflare: the raw bindings of one Durable Object, and what its hooks call.

The official SDK wraps bindings and converts at every call; here nothing lies between the shell and the runtime. SQL
takes str, float, int below 2**53 and bytes; JavaScript knows no int, so 2.0 comes back as 2.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine
from math import ceil
from typing import TYPE_CHECKING, Any

import js
from pyodide.ffi import JsException, create_once_callable, jsnull, to_js

from streamflow_runtime.cloudflare_clients import ClientSocket, EventStream
from streamflow_runtime.cloudflare_requests import IncomingRequest, js_object, js_response

if TYPE_CHECKING:
    from streamflow_runtime.platform import Listener, Socket, Value
    from streamflow_runtime.shell import Shell

# Our sockets among those that a subclass may have accepted.
TAG = "streamflow"
# A client that has left an event stream is only noticed when something is written to it.
HEARTBEAT_SECONDS = 15.0


class CloudflarePlatform:
    """One object's storage, alarm, clients and network. `ctx` and `env` are those that the object was made with.

    `Bindings` adds `call` and `query` for the graphs that bind the platform's stores.
    """

    table_prefix = ""

    def __init__(self, ctx: Any, env: Any) -> None:
        self._object = ctx._ctx
        self._env = env._env
        self._storage = self._object.storage
        self._execute = self._storage.sql.exec
        self._tasks: set[asyncio.Future[None]] = set()
        self._clients: dict[int, ClientSocket] = {}
        self._streams: list[EventStream] = []

    # What the object's hooks call

    def start(self, shell: Shell) -> None:
        """Open the shell. Where that fails every request says why, and tries again."""
        self.shell = shell
        try:
            shell.open()
        except Exception as error:
            self.log(f"not started: {error}")

    async def answer(self, raw: Any) -> Any:
        """A JavaScript request's response."""
        response = await self.shell.respond(IncomingRequest(raw))
        if response.socket is None:
            return js_response(response)
        if response.status == 101:
            return self._accept(response.headers, response.socket)
        return self._stream(response.headers, response.socket)

    def client_closed(self, raw: Any, code: int) -> None:
        """A client has closed its connection, or lost it."""
        socket = self._client(raw)
        self.shell.socket_closed(socket)
        socket.answer_close(code)
        self._clients.pop(raw.js_id, None)

    # What the shell calls

    now = staticmethod(time.time)

    def sql(self, query: str, *parameters: Value) -> list[tuple[Any, ...]]:
        """Run one statement."""
        bindings = [to_js(value) if isinstance(value, bytes) else value for value in parameters]
        rows = self._execute(query, *bindings).raw().toArray().to_py()
        return [tuple(map(_value, row)) for row in rows]

    def transaction(self, function: Callable[[], None]) -> None:
        """All of it or nothing; answers and messages wait until it is on disk."""
        self._storage.transactionSync(function)

    def set_alarm(self, at: float) -> None:
        """The object's one alarm. One that is set for a time that has come, while another rings, may never ring."""
        self._storage.setAlarm(max(ceil(at * 1000), ceil(self.now() * 1000) + 1))

    def call_later(self, seconds: float, function: Callable[[], None]) -> None:
        """A timer of the runtime."""
        js.setTimeout(create_once_callable(function), seconds * 1000)

    def spawn(self, coroutine: Coroutine[Any, Any, None]) -> None:
        """A task, referred to until it is done."""
        task = asyncio.ensure_future(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def fetch(
        self, method: str, url: str, headers: dict[str, str], body: str | bytes | None, timeout: float
    ) -> tuple[int, dict[str, str], bytes]:
        """One request; OSError where no answer comes, ValueError for what is no URL."""
        # AbortSignal.timeout would run on after the answer and keep the object awake
        abort = js.AbortController.new()
        timer = js.setTimeout(abort.abort.bind(abort), timeout * 1000)
        options: dict[str, Any] = {"method": method, "headers": headers, "signal": abort.signal}
        if body is not None:
            options["body"] = body
        try:
            response = await js.fetch(url, js_object(options))
            content = await response.arrayBuffer()
        except JsException as error:
            if error.name == "TypeError":
                raise ValueError(error.message) from None
            if abort.signal.aborted:
                raise TimeoutError(f"no answer within {timeout:g} s") from None
            raise ConnectionError(error.message) from None
        finally:
            js.clearTimeout(timer)
        return response.status, dict(response.headers.entries()), content.to_bytes()

    def connect(self, url: str, headers: dict[str, str], listener: Listener) -> Socket:
        """See `ConnectingPlatform`, which the graphs have that open connections."""
        raise NotImplementedError

    def stream(self, url: str, headers: dict[str, str], listener: Listener) -> Socket:
        """See `StreamingPlatform`, which the graphs have that read event streams."""
        raise NotImplementedError

    def sockets(self) -> list[Socket]:
        """The clients' connections, those included that hibernated."""
        return [*map(self._client, self._object.getWebSockets(TAG)), *self._streams]

    def secret(self, name: str) -> str | None:
        """A text of the Worker's environment."""
        return secret_of(self._env, name)

    def log(self, text: str) -> None:
        """One line of the Worker's log."""
        print(text)

    def _accept(self, headers: dict[str, str], attachment: dict[str, Any]) -> Any:
        client, server = js.WebSocketPair.new().object_values()
        self._object.acceptWebSocket(server, to_js([TAG]))
        socket = self._client(server)
        socket.attachment = attachment
        self.shell.socket_opened(socket)
        return js.Response.new(None, js_object({"status": 101, "headers": headers, "webSocket": client}))

    def _stream(self, headers: dict[str, str], attachment: dict[str, Any]) -> Any:
        stream = EventStream(attachment, self._stream_ended)
        if not self._streams:
            self.call_later(HEARTBEAT_SECONDS, self._beat)
        self._streams.append(stream)
        self.shell.socket_opened(stream)
        return js.Response.new(stream.readable, js_object({"headers": headers}))

    def _client(self, raw: Any) -> ClientSocket:
        """The same object for the same connection."""
        socket = self._clients.get(raw.js_id)
        if socket is None:
            socket = self._clients[raw.js_id] = ClientSocket(raw)
        return socket

    def _stream_ended(self, stream: EventStream) -> None:
        if stream in self._streams:
            self._streams.remove(stream)
            self.shell.socket_closed(stream)

    def _beat(self) -> None:
        for stream in list(self._streams):
            stream.send(":\n\n")
        if self._streams:
            self.call_later(HEARTBEAT_SECONDS, self._beat)


def secret_of(env: Any, name: str) -> str | None:
    """A text of the raw environment; None where it is missing or something else."""
    value = getattr(env, name, None)
    return value if isinstance(value, str) else None


def _value(value: Any) -> Any:
    if value is jsnull:
        return None
    return bytes(value) if isinstance(value, memoryview) else value
