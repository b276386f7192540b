"""Keys: JSON scalars or tuples of them, equal as in Python."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

_SCALARS = frozenset((str, int, float, bool, type(None)))


def checked_key(key: Any) -> Any:
    """The key as given. Raises TypeError for what can't be one."""
    if type(key) in _SCALARS:
        return key
    if isinstance(key, (str, int, float)):
        return key
    if isinstance(key, tuple):
        for part in key:
            checked_key(part)
        return key
    raise TypeError(f"a key must be a text, a number, a boolean, None or a tuple of them, not {type(key).__name__}")


def id_part(key: Any) -> str:
    """The key as it stands in an id: percent-encoded JSON."""
    return quote(json.dumps(key, separators=(",", ":"), ensure_ascii=False), safe="")


def same_spelling(key: Any, other: Any) -> bool:
    """Whether two equal keys look the same, too: 1, 1.0 and True don't."""
    if key is other:
        return True
    if type(key) is not type(other):
        return False
    if isinstance(key, tuple):
        return all(map(same_spelling, key, other))
    return not isinstance(key, float) or repr(key) == repr(other)
