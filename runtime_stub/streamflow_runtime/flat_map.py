"""What the function of a flat map gives, as a list."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


def all_of(values: Any) -> Sequence[Any]:
    """Every value of an iterable, drawn before the first one goes on; None has none. Raises TypeError."""
    if values is None:
        return ()
    if isinstance(values, (str, bytes, dict)):
        raise TypeError(f"a flat_map gives a list or another iterable of values, not {type(values).__name__}")
    return list(values)
