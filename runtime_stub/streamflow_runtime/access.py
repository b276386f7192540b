"""Who may send a request: closed unless the right bearer token comes with it.

A signed request shows whose it is when its body is read: `webhook.py` asks `signing.py` then.
"""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Callable
from hmac import compare_digest
from typing import TYPE_CHECKING, Any

from streamflow_runtime import tickets
from streamflow_runtime.http import problem
from streamflow_runtime.secrets import MissingSecret, fill, read_secrets

if TYPE_CHECKING:
    from streamflow_runtime.http import Request, Response


def refusal(
    service: dict[str, Any], request: Request, secret: Callable[[str], str | None], now: float
) -> Response | None:
    """None if the request may pass, else the answer. The shell asks it; a Worker may, before it wakes the object.

    `request.ticket` is then the ticket by which it passes, if it does; the object has to see that it is not used twice.
    """
    node = node_of(service, request.path)
    auth = node.get("auth")
    if auth == "none" or (request.method == "OPTIONS" and "cors" in node) or request.path == "/healthz":
        return None
    if isinstance(auth, dict) and "signed" in auth:
        return None
    text = auth["bearer"] if auth else {"text": [{"secret": "STREAMFLOW_TOKEN"}]}
    try:
        token = fill(text, read_secrets({"auth": text}, secret))
    except MissingSecret as missing:
        return problem(503, "A secret is not set", str(missing), retry_after="60")
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    if request.path == "/graph" and scheme.lower() == "basic":
        given = _password(given)
    elif scheme.lower() != "bearer":
        given = bearer_protocol(request)[7:]
    if compare_digest(given.strip().encode(), token.encode()):
        return None
    if request.path.startswith("/subscribe/") and "ticket" in request.query:
        request.ticket = request.query["ticket"]
        if tickets.is_valid(request.ticket, service["graph"], token, now):
            return None
    # Chromium asks for a password only if that is the one challenge
    challenge = 'Basic realm="streamflow"' if request.path == "/graph" else "Bearer"
    return problem(401, "A valid bearer token is needed", www_authenticate=challenge)


def _password(credentials: str) -> str:
    """That of `Authorization: Basic`, which is how a browser that opens a page gives the token; "" if malformed."""
    try:
        return b64decode(credentials, validate=True).decode().partition(":")[2]
    except ValueError:
        return ""


def bearer_protocol(request: Request) -> str:
    """The subprotocol `bearer.<token>` by which browsers authorise a WebSocket, or ""."""
    protocols = request.headers.get("sec-websocket-protocol", "").split(",")
    return next((name.strip() for name in protocols if name.strip().startswith("bearer.")), "")


def node_of(service: dict[str, Any], path: str) -> dict[str, Any]:
    """The source or sink whose own `auth` and `cors` hold for this path; outbound nodes' `auth` is not for visitors."""
    head, _, name = path[1:].partition("/")
    nodes = service["sinks"] if head in ("subscribe", "outputs") else service["sources"]
    node: dict[str, Any] = nodes.get(name, {}) if head in ("inject", "subscribe", "outputs") else {}
    kind = "endpoint" if head == "outputs" else "websocket"
    if node.get("type") == kind and "url" not in node:
        return node
    return next((source for source in service["sources"].values() if source.get("path") == path), {})
