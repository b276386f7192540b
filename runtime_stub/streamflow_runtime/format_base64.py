"""Base64: text that stands for bytes."""

from __future__ import annotations

import base64
from typing import Any

from streamflow_runtime.formats import bytes_of, kind_of


def from_base64(data: Any) -> bytes:
    """The bytes, of the ordinary or the URL-safe alphabet, padded or not. Raises ValueError."""
    text = b"".join(bytes_of(data).split()).translate(bytes.maketrans(b"-_", b"+/")).rstrip(b"=")
    return base64.b64decode(text + b"=" * (-len(text) % 4), validate=True)


def to_base64(value: Any) -> str:
    """Bytes, or the UTF-8 of a text, in the ordinary alphabet. Raises ValueError for other values."""
    if not isinstance(value, (str, bytes)):
        raise ValueError(f"text or bytes are expected, not {kind_of(value)}")
    return base64.b64encode(bytes_of(value)).decode()
