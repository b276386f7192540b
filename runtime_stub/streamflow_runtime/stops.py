"""Graphs that their error strategy stops: `POST /resume`, and nothing comes in meanwhile."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from streamflow_runtime import draining
from streamflow_runtime.http import Request, Response, json_response, problem
from streamflow_runtime.part import Commit, Part
from streamflow_runtime.stopping import place_of

if TYPE_CHECKING:
    from streamflow_runtime.part import Endpoint
    from streamflow_runtime.shell import Shell


class Stops(Part):
    """While the kernel is stopped, every source counts as full and its connections are closed."""

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell)
        self._told: Any = None

    def routes(self) -> dict[str, dict[str, Endpoint]]:
        return {
            "/resume": {"POST": self._resume},
            "/drain": {"POST": self._drain},
            "/healthz": {"GET": self._health},
        }

    def committed(self, commit: Commit) -> None:
        stopped = self.shell.kernel.stopped
        if stopped is not None and stopped is not self._told:
            self.shell.log(f"stopped at {place_of(stopped)}: {stopped['error']}")
            self.shell.platform.call_later(0, self._close)  # whose message it was hears first that it is accepted
        self._told = stopped

    def full(self, source: str) -> bool:
        kernel = self.shell.kernel
        return kernel is not None and kernel.stopped is not None

    def _close(self) -> None:
        if not self.full(""):
            return
        for part in self.shell.parts:
            for connection in getattr(part, "connections", ()):
                connection.drop("the graph is stopped", 1013)
        for socket in self.shell.platform.sockets():
            if socket.attachment.get("kind") == "inject":
                socket.close(1013, "the graph is stopped: connect again and resume")

    async def _resume(self, request: Request, rest: str) -> Response:
        if self.shell.open().stopped is None:
            return problem(409, "The graph is not stopped")
        skip = request.query.get("skip", "0")
        if skip not in ("0", "1"):
            return problem(400, "Malformed query", "skip: 1 sends what failed to the dead letters, 0 tries it again")
        self.shell.run(lambda kernel, now: kernel.go_on(now, skip == "1"))
        return json_response(200, {"stopped": self.shell.open().stopped})

    async def _drain(self, request: Request, rest: str) -> Response:
        if self.shell.open().stopped is not None:
            return problem(503, "The graph is stopped", "POST /resume first.", retry_after="5")
        return await draining.respond(self.shell, request, rest)

    async def _health(self, request: Request, rest: str) -> Response:
        return Response(503 if self.shell.stopped or self.shell.open().stopped is not None else 200)
