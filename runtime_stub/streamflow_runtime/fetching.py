"""`fetch`: HTTP requests of a graph's own functions."""

from __future__ import annotations

from collections.abc import Mapping
from json import dumps
from typing import Any

from streamflow_runtime.decode import decode
from streamflow_runtime.durations import Duration, milliseconds
from streamflow_runtime.outside import platform

NESTING = 64
TEMPORARY = (408, 425, 429)


async def fetch(
    url: str,
    method: str = "GET",
    *,
    json: Any = None,
    body: str | bytes | None = None,
    headers: Mapping[str, str] | None = None,
    timeout: Duration = 30.0,
    check: bool = True,
) -> Response:
    """One request. `json` is sent as JSON, `body` as it is; `timeout` is a duration (seconds, "2s").

    With `check`, an answer of 400 and above raises HttpError. No answer raises OSError: TimeoutError, ConnectionError.
    """
    if json is not None and body is not None:
        raise ValueError("a request has `json` or `body`, not both")
    sent = {str(name).lower(): str(value) for name, value in (headers or {}).items()}
    if json is not None:
        body = dumps(json, ensure_ascii=False, allow_nan=False)
        sent.setdefault("content-type", "application/json")
    seconds = milliseconds(timeout) / 1000
    status, answered, content = await platform().fetch(method.upper(), str(url), sent, body, seconds)
    if check and status >= 400:
        raise http_error(f"{method.upper()} {url}", status)
    return Response(status, Headers(answered), content)


class Response:
    """An answer, wholly there. `headers` are found by their names in any case."""

    def __init__(self, status: int, headers: Headers, content: bytes) -> None:
        self.status = status
        self.headers = headers
        self._content = content

    @property
    def ok(self) -> bool:
        """Whether the status is below 400."""
        return self.status < 400

    async def json(self) -> Any:
        """The body as JSON. Raises ValueError where it isn't, or nests deeper than 64 levels."""
        return json_value(self._content)

    async def text(self) -> str:
        """The body as text, in UTF-8."""
        return self._content.decode("utf-8", "replace")

    async def bytes(self) -> bytes:
        """The body as it came."""
        return self._content


class Headers(dict[str, str]):
    """Headers by lower-case name."""

    def __getitem__(self, name: str) -> str:
        return super().__getitem__(name.lower())

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and super().__contains__(name.lower())

    def get(self, name: str, default: Any = None) -> Any:
        """The header, or `default`."""
        return super().get(name.lower(), default)


class HttpError(Exception):
    """An answer of 400 and above."""

    def __init__(self, request: str, status: int) -> None:
        super().__init__(f"{request} was answered {status}")
        self.status = status


class TemporaryHttpError(HttpError, OSError):
    """An answer after which another try may go better: 408, 425, 429 and 5xx."""


def http_error(request: str, status: int) -> HttpError:
    """The error for an answer."""
    return (TemporaryHttpError if status >= 500 or status in TEMPORARY else HttpError)(request, status)


def json_value(content: bytes) -> Any:
    """One JSON value, a scalar too. Raises ValueError."""
    values = decode(b"[" + content + b"]", NESTING + 1)
    if len(values) != 1:
        raise ValueError("the body is not one JSON value")
    return values[0]
