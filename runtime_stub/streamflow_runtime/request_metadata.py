"""What packets keep of the request that brought them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from streamflow_runtime.http import Request


def metadata_of(request: Request, names: Iterable[str]) -> dict[str, str | None]:
    """`ip`, `country`, `city`, `asn`, `user_agent`, `path` or headers, by the names asked for; None where unknown."""
    return {name: _value(request, name) for name in names}


def _value(request: Request, name: str) -> str | None:
    if name == "path":
        return request.path
    if name in ("ip", "country", "city", "asn"):
        return request.client.get(name)
    return request.headers.get("user-agent" if name == "user_agent" else name.lower())
