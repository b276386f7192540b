"""Keys: JSON scalars or tuples of them, equal as in Python."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

if TYPE_CHECKING:
    from streamflow_runtime.kernel import Kernel

LONGEST = 1024
_SCALARS = frozenset((str, int, float, bool, type(None)))


def checked_key(key: Any, longest: float = LONGEST) -> Any:
    """The key as given. Raises TypeError for what can't be one, ValueError where its text has more bytes than that."""
    kind = type(key)
    if kind is str:
        if len(key) * 4 > longest:
            _check_size(key, longest)
        return key
    if kind in _SCALARS:
        return key
    if isinstance(key, (str, int, float)):
        return key
    if isinstance(key, tuple):
        characters = 0
        for part in key:
            checked_key(part, longest)
            if type(part) is str:
                characters += len(part)
        if characters * 4 > longest:
            _check_size(key, longest)
        return key
    raise TypeError(f"a key must be a text, a number, a boolean, None or a tuple of them, not {type(key).__name__}")


def check_room(kernel: Kernel, node: str, held: int, way_out: str) -> None:
    """Raises ValueError where a node that holds so many keys has no room for another."""
    if held >= kernel.most_keys:
        ttl = "" if "`ttl`" in way_out else "; state that outlives them is for a stateful_map with a `ttl`"
        raise ValueError(f"{node} holds {kernel.most_keys:,} keys, the most it may: {way_out}{ttl}")


def id_part(key: Any) -> str:
    """The key as it stands in an id: percent-encoded JSON."""
    if key is None:
        return "null"
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


def _check_size(key: Any, longest: float) -> None:
    size = _size(key)
    if size > longest:
        raise ValueError(f"a key of {size:,} bytes, more than {longest:,}")


def _size(key: Any) -> int:
    """The bytes of its text, or of all texts in it."""
    if isinstance(key, tuple):
        return sum(map(_size, key))
    return len(key.encode("utf-8", "surrogatepass")) if isinstance(key, str) else 0
