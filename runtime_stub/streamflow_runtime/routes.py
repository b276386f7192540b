"""Which endpoint answers a request."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from streamflow_runtime import access, admission, draining, metrics, saved_state, topology
from streamflow_runtime.http import Request, Response, TooLarge, problem
from streamflow_runtime.part import CommitFailed
from streamflow_runtime.secrets import MissingSecret
from streamflow_runtime.state_checks import StateMismatch

if TYPE_CHECKING:
    from streamflow_runtime.part import Endpoint
    from streamflow_runtime.shell import Shell


async def respond(shell: Shell, request: Request) -> Response:
    """Check access, find the endpoint, turn what it raises into a problem."""
    try:
        answer = access.refusal(shell.service, request, shell.platform.secret, shell.platform.now())
        if answer is not None:
            return answer
        if shell.cross_origin is not None:
            return await shell.cross_origin.around(request, _dispatch)
        return await _dispatch(shell, request)
    except TooLarge:
        limits = shell.service["limits"]
        return problem(413, "The body is too large", f"At most {limits['body']} bytes and {limits['batch']} events.")
    except MissingSecret as missing:
        return problem(503, "A secret is not set", str(missing), retry_after="60")
    except StateMismatch as mismatch:
        return problem(503, "The stored state is of another program", str(mismatch), retry_after="60")
    except CommitFailed:
        return problem(503, "Not committed", "Nothing has changed; send it again.", retry_after="1")
    except Exception as error:
        shell.log(f"{request.method} {request.path}: {error!r}")
        return problem(500, "Internal error")


def endpoints(shell: Shell) -> dict[str, dict[str, Endpoint]]:
    """Endpoints by whole path, or by first segment between slashes, then by method."""
    inject: Endpoint = partial(admission.inject, shell)
    found: dict[str, dict[str, Endpoint]] = {
        "/healthz": {"GET": partial(_health, shell)},
        "/metrics": {"GET": partial(metrics.respond, shell)},
        "/graph": {"GET": partial(topology.respond, shell)},
        "/drain": {"POST": partial(draining.respond, shell)},
        "/inject": {"POST": inject},
        "/inject/": {"POST": inject},
        "/state": {"GET": partial(saved_state.export, shell), "PUT": partial(saved_state.restore, shell)},
    }
    for part in shell.parts:
        for path, methods in part.routes().items():
            found.setdefault(path, {}).update(methods)
    return found


async def _health(shell: Shell, request: Request, rest: str) -> Response:
    return Response(503 if shell.stopped else 200)


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
