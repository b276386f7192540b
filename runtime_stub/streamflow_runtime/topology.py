"""`GET /graph`: the nodes and edges with their figures, as JSON; for a browser a page that draws them."""

from __future__ import annotations

from os import urandom
from typing import TYPE_CHECKING, Any

from streamflow_runtime import metrics
from streamflow_runtime.graph_page import PAGE
from streamflow_runtime.http import Request, Response, json_response

if TYPE_CHECKING:
    from streamflow_runtime.shell import Shell


async def respond(shell: Shell, request: Request, rest: str) -> Response:
    """The page where `Accept` asks for HTML, else JSON. Both are as of now."""
    wants_page = "text/html" in request.headers.get("accept", "")
    response = _page() if wants_page else json_response(200, describe(shell))
    response.headers |= {"cache-control": "no-store", "vary": "accept"}
    return response


def describe(shell: Shell) -> dict[str, Any]:
    """The graph as it was compiled: nodes with their figures, and edges with their ports, of joins their inputs too."""
    figures = metrics.collect(shell)
    kernel, of_node = shell.open(), figures.pop("nodes")
    nodes = [{"name": name, "kind": kind, **of_node.get(name, {})} for name, kind in kernel.kinds.items()]
    return {
        "graph": shell.service["graph"],
        **figures,
        "nodes": nodes,
        "edges": [_edge(*edge) for edge in kernel.edges],
    }


def _edge(origin: str, port: str, target: str, label: str = "") -> dict[str, Any]:
    node, _, side = target.partition(".")
    return {"from": origin, "port": port, "to": node, **({"input": side} if side else {}), "when": bool(label)}


def _page() -> Response:
    nonce = urandom(16).hex()
    allowed = f"script-src 'nonce-{nonce}'; style-src 'nonce-{nonce}'; connect-src 'self'"
    headers = {
        "content-type": "text/html; charset=utf-8",
        "content-security-policy": f"default-src 'none'; {allowed}; base-uri 'none'; frame-ancestors 'none'",
        "referrer-policy": "no-referrer",
        "x-content-type-options": "nosniff",
    }
    return Response(200, PAGE.replace("NONCE", nonce), headers)
