"""Checks of URLs: the scheme a node speaks, and plain text only towards this machine itself."""

from __future__ import annotations

from typing import TypeVar
from urllib.parse import urlsplit

Url = TypeVar("Url")
_LOOPBACK = ("localhost", "127.0.0.1", "::1")


def checked_url(url: Url, secure: str, plain: str) -> Url:
    """The URL as given. Raises ValueError for another scheme, or for plain text to anywhere but loopback."""
    if not isinstance(url, str) or url.startswith("\ue000"):
        return url
    parts = urlsplit(url)
    if parts.scheme not in (secure, plain) or not parts.hostname:
        raise ValueError(f"must be a {secure}:// URL, not {url!r}")
    if parts.scheme == plain and parts.hostname not in _LOOPBACK:
        raise ValueError(f"must be {secure}://: {plain}:// is accepted for this machine only (localhost), not {url!r}")
    return url
