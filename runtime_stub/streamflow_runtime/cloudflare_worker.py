"""What the Worker in front of the Durable Object does itself: turn away who may not come in."""

from __future__ import annotations

from time import time
from typing import Any

from streamflow_runtime import access
from streamflow_runtime.cloudflare import secret_of
from streamflow_runtime.cloudflare_requests import IncomingRequest, js_response
from streamflow_runtime.http import Response


def gate(service: dict[str, Any], raw: Any, env: Any) -> Any:
    """The answer to a JavaScript request that need not, or must not, reach the object; else None."""
    request = IncomingRequest(raw)
    if request.path == "/healthz" and request.method == "GET" and "stops" not in service:
        return js_response(Response(200))
    refused = access.refusal(service, request, lambda name: secret_of(env, name), time())
    return refused and js_response(refused)


def instance(namespace: Any, service: dict[str, Any]) -> Any:
    """The stub of the one object of a graph, by which its fetch and its methods can be called."""
    return namespace.get(namespace.idFromName(f"{service['graph']}/0"))
