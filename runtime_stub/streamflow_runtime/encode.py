"""Packet data as it is stored and leaves the service: JSON text, and the text or bytes that a codec made."""

from base64 import b64decode, b64encode
from json import JSONEncoder, dumps, loads
from typing import Any

_compact = JSONEncoder(separators=(",", ":"), allow_nan=False).encode


def encode(data: Any) -> str:
    """JSON; bytes as `b` and base64, which no JSON text starts with. Raises TypeError or ValueError for the rest."""
    return "b" + b64encode(data).decode() if isinstance(data, bytes) else _compact(data)


def decode_stored(text: str) -> Any:
    """What `encode` was given."""
    return b64decode(text[1:]) if text[0] == "b" else loads(text)


def show(data: Any) -> str:
    """JSON for people to read, of any value: what JSON can't hold is shown as Python writes it. Never raises."""
    try:
        return dumps(data, default=repr, allow_nan=False)
    except (TypeError, ValueError, RecursionError):
        return dumps(repr(data))
