"""Requests and responses as the service shell sees them, whatever server carries them."""

from collections.abc import Awaitable, Callable, Mapping
from json import dumps
from typing import Any


class Request:
    """One request. An adapter may subclass it to convert headers and the like only when they are read."""

    def __init__(
        self,
        method: str,
        path: str,
        query: Mapping[str, str],
        headers: Mapping[str, str],
        read: Callable[[int], Awaitable[bytes]],
        client: Mapping[str, str | None] | None = None,
    ) -> None:
        """`path`: decoded, without the query. `headers`: lower-case names. `client`: its ip, country, city and asn."""
        self.method = method
        self.path = path
        self.query = query
        self.headers = headers
        self.client = client or {}
        self.ticket = ""
        self._read = read
        self._body: bytes | None = None

    async def body(self, limit: int) -> bytes:
        """The whole body, read once; raises TooLarge as soon as more than `limit` bytes have come or are announced."""
        if self._body is None:
            self._body = await self._read(limit)
        return self._body


class TooLarge(Exception):
    """The body is larger than the limit; no more than the limit has been buffered."""


class Response:
    """A complete answer, or one that stays open.

    With `socket`, the adapter accepts the connection (a WebSocket if the status is 101, else an event stream with these
    headers), gives it this attachment, and calls `shell.socket_opened(socket)` once it can send.
    """

    def __init__(
        self,
        status: int = 200,
        body: str | bytes = "",
        headers: dict[str, str] | None = None,
        socket: dict[str, Any] | None = None,
    ) -> None:
        self.status = status
        self.body = body
        self.headers = headers or {}
        self.socket = socket


def json_response(status: int, value: object) -> Response:
    """`value` as JSON."""
    return Response(status, dumps(value), {"content-type": "application/json"})


def problem(status: int, title: str, detail: str = "", **headers: str) -> Response:
    """An error as application/problem+json. Headers as keywords: `retry_after="1"`."""
    body = {"type": "about:blank", "title": title, "status": status}
    if detail:
        body["detail"] = detail
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return Response(status, dumps(body), {"content-type": "application/problem+json", **names})


def retry_after(headers: Mapping[str, str], now: float) -> float | None:
    """Seconds that a server asks to wait: a number or a date."""
    text = headers.get("retry-after", "").strip()
    if text.isdigit():
        return float(text)
    if not text:
        return None
    from email.utils import parsedate_to_datetime  # a large module, for a rare form

    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - now)
    except ValueError:
        return None
