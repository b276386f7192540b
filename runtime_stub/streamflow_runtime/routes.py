"""Which endpoint answers a request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamflow_runtime import access, admission, metrics, saved_state
from streamflow_runtime.http import Request, Response, TooLarge, problem
from streamflow_runtime.secrets import MissingSecret

if TYPE_CHECKING:
    from streamflow_runtime.part import Endpoint
    from streamflow_runtime.shell import Shell


async def respond(shell: Shell, request: Request) -> Response:
    """Check access, find the endpoint, turn what it raises into a problem."""
    try:
        answer = access.refusal(shell.service, request, shell.platform.secret)
        return answer or await _dispatch(shell, request)
    except TooLarge:
        return problem(413, "The body is too large", f"At most {shell.service['limits']['body']} bytes.")
    except MissingSecret as missing:
        return problem(503, "A secret is not set", str(missing), retry_after="60")
    except Exception as error:
        shell.log(f"{request.method} {request.path} failed: {error!r}")
        return problem(503, "Not committed", "Nothing has changed; send it again.", retry_after="1")


def endpoints(shell: Shell) -> dict[str, dict[str, Endpoint]]:
    """Endpoints by first path segment or whole path, then by method."""

    async def healthz(request: Request, rest: str) -> Response:
        return Response(503 if shell.stopped else 200)

    async def show_metrics(request: Request, rest: str) -> Response:
        return metrics.respond(shell, request)

    async def inject(request: Request, source: str) -> Response:
        return await admission.inject(shell, request, source)

    async def export(request: Request, rest: str) -> Response:
        return saved_state.export(shell)

    async def restore(request: Request, rest: str) -> Response:
        return saved_state.restore(shell, await request.body(saved_state.LIMIT))

    found: dict[str, dict[str, Endpoint]] = {
        "/healthz": {"GET": healthz},
        "/metrics": {"GET": show_metrics},
        "/inject": {"POST": inject},
        "/inject/": {"POST": inject},
        "/state": {"GET": export, "PUT": restore},
    }
    for part in shell.parts:
        for path, methods in part.routes().items():
            found[path] = {**found.get(path, {}), **methods}
    return found


async def _dispatch(shell: Shell, request: Request) -> Response:
    path, rest = request.path, ""
    if path not in shell.endpoints:
        head, _, rest = path[1:].partition("/")
        path = f"/{head}/"
    methods = shell.endpoints.get(path)
    if methods is None:
        return problem(404, "No such endpoint", request.path)
    endpoint = methods.get(request.method)
    if endpoint is None:
        return problem(405, "Method not allowed", allow=", ".join(methods))
    if path != "/healthz":
        shell.open()
    return await endpoint(request, rest)
