"""Packet data as it is stored and leaves the service: JSON text, and the text or bytes that a codec made."""

from base64 import b64decode, b64encode
from collections.abc import Callable
from json import JSONEncoder, dumps, loads
from typing import Any

_compact = JSONEncoder(separators=(",", ":"), allow_nan=False).encode


def encode(data: Any) -> str:
    """JSON; bytes as `b` and base64, which no JSON text starts with. Raises TypeError or ValueError for the rest."""
    return "b" + b64encode(data).decode() if isinstance(data, bytes) else _compact(data)


def decode_stored(text: str) -> Any:
    """What `encode` was given."""
    return b64decode(text[1:]) if text[0] == "b" else loads(text)


def show_stored(text: str) -> str:
    """What `encode` gave, as JSON for people to read."""
    return dumps(text) if text[0] == "b" else text


def show(data: Any) -> str:
    """JSON for people to read, of any value: what JSON can't hold is shown as Python writes it. Never raises."""
    shown: tuple[Callable[[], str], ...] = (
        lambda: dumps(data, default=repr, allow_nan=False),
        lambda: dumps(repr(data)),
    )
    for text_of in shown:
        try:
            return text_of()
        except Exception:  # keys that are no text, too deep, too many digits, a __repr__ that raises
            continue
    return dumps(object.__repr__(data))
