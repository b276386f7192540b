"""Requests and responses between JavaScript and the service shell; what is not asked for is not converted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import parse_qsl, unquote

import js
from pyodide.ffi import jsnull, to_js

from streamflow_runtime.http import Request, Response, TooLarge


class IncomingRequest(Request):
    """A JavaScript request."""

    def __init__(self, raw: Any) -> None:
        address, _, query = raw.url.partition("?")
        path = address[address.index("/", 8) :]  # after https://
        super().__init__(
            raw.method,
            unquote(path),
            dict(parse_qsl(query, keep_blank_values=True)),
            Headers(raw.headers),
            self._read_stream,
            Client(raw),
        )
        self._raw = raw

    async def _read_stream(self, limit: int) -> bytes:
        length = self.headers.get("content-length")
        if length is not None:
            if int(length) > limit:
                raise TooLarge
            content: bytes = (await self._raw.arrayBuffer()).to_bytes()
            return content
        if not self._raw.body:
            return b""
        reader = self._raw.body.getReader()
        pieces, size = [], 0
        while not (piece := await reader.read()).done:
            size += piece.value.byteLength
            if size > limit:
                await reader.cancel("too large")
                raise TooLarge
            pieces.append(piece.value.to_bytes())
        return b"".join(pieces)


class Headers(Mapping[str, str]):
    """JavaScript headers; names in lower case."""

    def __init__(self, raw: Any) -> None:
        self._raw = raw

    def __getitem__(self, name: str) -> str:
        value = self._raw.get(name)
        if value is jsnull:
            raise KeyError(name)
        return str(value)

    def __iter__(self) -> Iterator[str]:
        return iter(self._raw.keys())

    def __len__(self) -> int:
        return len(list(self))


class Client(Mapping[str, "str | None"]):
    """Where a request comes from: ip, country, city and asn as Cloudflare found them."""

    def __init__(self, raw: Any) -> None:
        self._raw = raw

    def __getitem__(self, name: str) -> str | None:
        if name == "ip":
            value = self._raw.headers.get("cf-connecting-ip")
        else:
            value = getattr(getattr(self._raw, "cf", None), name, None)
        return None if value is None or value is jsnull else str(value)

    def __iter__(self) -> Iterator[str]:
        return iter(("ip", "country", "city", "asn"))

    def __len__(self) -> int:
        return 4


def js_response(response: Response) -> Any:
    """A complete answer as a JavaScript response."""
    body = to_js(response.body) if response.body else None  # 204 must not have even an empty one
    return js.Response.new(body, js_object({"status": response.status, "headers": response.headers}))


def js_object(values: dict[str, Any]) -> Any:
    """A plain JavaScript object, nested ones included."""
    return to_js(values, dict_converter=js.Object.fromEntries)
