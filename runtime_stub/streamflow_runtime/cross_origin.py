"""Sources and sinks with `cors`: pages of the listed origins may call them, pages of others may not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from streamflow_runtime.access import node_of
from streamflow_runtime.http import Request, Response, problem
from streamflow_runtime.part import Part

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from streamflow_runtime.shell import Shell


class CrossOrigin(Part):
    """Stands around the endpoints, where browsers are to be asked; the routes find it as `shell.cross_origin`."""

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell)
        shell.cross_origin = self

    async def around(self, request: Request, answer: Callable[[Shell, Request], Awaitable[Response]]) -> Response:
        """The answer, with what tells the browser that its page may have it; or a refusal, or a preflight's answer."""
        options = node_of(self.shell.service, request.path)
        if "cors" not in options:
            return await answer(self.shell, request)
        allowed = _allowed(request, options)
        if request.method == "OPTIONS":
            return Response(204, headers=allowed)
        if "origin" in request.headers and not allowed:
            return problem(403, "This origin is not allowed", request.headers["origin"])
        response = await answer(self.shell, request)
        if response.status != 101:
            response.headers.update(allowed)
        return response


def _allowed(request: Request, options: dict[str, Any]) -> dict[str, str]:
    """Headers for a listed origin; nothing for others."""
    origin = request.headers.get("origin", "")
    if not origin or (origin not in options["cors"] and "*" not in options["cors"]):
        return {}
    return {
        "access-control-allow-origin": origin,
        "access-control-allow-methods": "GET, POST",
        "access-control-allow-headers": "authorization, content-type, idempotency-key, last-event-id",
        "access-control-max-age": "86400",
        "vary": "origin",
    }
