"""What the README of a bundle says of its graph: secrets, endpoints with examples, flow, state."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from streamflow.ir.graph import Graph
from streamflow.ir.guarantees import guarantees
from streamflow.ir.secret_names import secret_names
from streamflow.target.skeleton import one_line

TOKEN = "STREAMFLOW_TOKEN"
CURL = f'curl -H "Authorization: Bearer ${TOKEN}"'
OPEN = "curl"


def readme_values(graph: Graph, service: dict[str, Any]) -> dict[str, Any]:
    """Values for the skeleton `README.md`."""
    sources, sinks = service["sources"], service["sinks"]
    formats = {node.name: node.options.get("format", "json") for node in graph.nodes if node.family == "source"}
    state = [f"`{node.name}`" for node in graph.nodes if node.is_stage]
    return {
        "file": one_line(graph.file),
        "flow": [
            f"{edge.origin}{'' if edge.port == 'out' else '.' + edge.port} -> {edge.target}" for edge in graph.edges
        ],
        "secrets": _secrets(graph, service),
        "paths": [(f"{path.source} -> {path.sink}", path.guarantee, path.weakest) for path in guarantees(graph)],
        "wakes": any(source["type"] == "timer" or "url" in source for source in sources.values()),
        "endpoints": [*_endpoints(formats, sources, sinks, service["taps"]), *_after_stops(service)],
        "examples": [*_examples(formats, sources, sinks, service["taps"])],
        "state": ", ".join(state),
    }


def _secrets(graph: Graph, service: dict[str, Any]) -> dict[str, str]:
    """Each secret and what it is for."""
    found = {TOKEN: "the bearer token of whoever sends, subscribes, reads metrics or state"}
    purposes: dict[str, list[str]] = {}
    for nodes in (service["sources"], service["sinks"], service.get("lookups", {})):
        for name, options in nodes.items():
            for secret in sorted(secret_names(options)):
                purposes.setdefault(secret, []).append(f"`{name}`")
    for secret in graph.module.secrets.values():
        purposes.setdefault(secret, []).append("a function of the program")
    for secret in sorted(purposes):
        found.setdefault(secret, "used by " + ", ".join(dict.fromkeys(purposes[secret])))
    return found


def _endpoints(
    formats: dict[str, str], sources: dict[str, Any], sinks: dict[str, Any], taps: list[str]
) -> Iterator[tuple[str, str]]:
    for name, options in sources.items():
        form = formats[name]
        yield f"POST /inject/{name}", "an object, an array or NDJSON; 202 after the commit"
        if "path" in options:
            yield (
                f"POST {options['path']}",
                f"the webhook of `{name}`{'' if form == 'json' else f': {form}'}{_auth(options)}",
            )
        if options["type"] == "websocket" and "url" not in options:
            message = "an event, an array or NDJSON" if form == "json" else form
            yield f"GET /inject/{name}", f"WebSocket: each message {message}{_auth(options)}"
    for name, options in sinks.items():
        if options["type"] == "endpoint":
            form = f"`{options['media_type']}`" if "media_type" in options else options["format"]
            yield f"GET /outputs/{name}", f"the newest outputs of `{name}` as {form}{_auth(options)}"
    for name in [*sinks, *taps]:
        auth = _auth(sinks[name]) if name in sinks and sinks[name]["type"] == "websocket" else ""
        yield f"GET /subscribe/{name}", f"what `{name}` puts out from now on: WebSocket or Server-Sent Events{auth}"
    yield "POST /tickets", "lets a browser's `EventSource` in once, by `/subscribe/...?ticket=`, within 60 seconds"
    yield "GET /metrics", "JSON; Prometheus text with `?format=prometheus`"
    yield "GET /graph", "nodes and edges with their figures, JSON; in a browser a page, whose password is the token"
    yield "GET /state", "the whole state; `PUT /state` restores it"
    yield "GET /dead-letters", "what failed for good; `DELETE /dead-letters` forgets it"
    yield "POST /dead-letters/replay", 'lets it go on where it failed: all, or `{"ids": [3, 4]}`'


def _after_stops(service: dict[str, Any]) -> Iterator[tuple[str, str]]:
    if "stops" in service:
        yield "POST /resume", "after an error has stopped the graph; `?skip=1` leaves out what failed"
    yield "GET /healthz", "200, or 503 when stopped, for anybody" if "stops" in service else "200, for anybody"


def _examples(
    formats: dict[str, str], sources: dict[str, Any], sinks: dict[str, Any], taps: list[str]
) -> Iterator[str]:
    for name, options in sources.items():
        if "path" in options:
            auth = options.get("auth")
            if formats[name] != "json" or (isinstance(auth, dict) and "signed" in auth):
                yield f"{CURL} --json '{{}}' \"$URL/inject/{name}\""
                continue
            curl = OPEN if auth == "none" else _with_token(auth)
            yield f"{curl} --json '{{}}' \"$URL{options['path']}\""
        else:
            yield f"{CURL} --json '{{}}' \"$URL/inject/{name}\""
    for name, options in sinks.items():
        if options["type"] == "endpoint":
            curl = OPEN if options.get("auth") == "none" else _with_token(options.get("auth"))
            yield f'{curl} "$URL/outputs/{name}"'
    for name in [*sinks, *taps][:1]:
        yield f'{CURL} --no-buffer "$URL/subscribe/{name}"'
    for path in ("metrics?format=prometheus", "state"):
        yield f'{CURL} "$URL/{path}"'


def _auth(options: dict[str, Any]) -> str:
    auth = options.get("auth")
    if auth == "none":
        return "; open to anybody"
    names = sorted(secret_names(auth))
    if isinstance(auth, dict) and "signed" in auth:
        return f"; signed as `{auth['signed']['scheme']}`" + (f" with `{names[0]}`" if names else "")
    return f"; token: `{names[0]}`" if names else ""


def _with_token(auth: Any) -> str:
    names = sorted(secret_names(auth))
    return f'curl -H "Authorization: Bearer ${names[0]}"' if names else CURL
