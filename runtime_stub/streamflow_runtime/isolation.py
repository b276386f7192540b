"""Copies that keep one branch's changes from another."""

from __future__ import annotations

import copy
from typing import Any

_PLAIN = frozenset((str, int, float, bool, type(None), bytes))


def copy_of(value: Any) -> Any:
    """A deep copy; JSON values take the short way."""
    kind = type(value)
    if kind in _PLAIN:
        return value
    if kind is dict:
        return {key: item if type(item) in _PLAIN else copy_of(item) for key, item in value.items()}
    if kind is list:
        return [item if type(item) in _PLAIN else copy_of(item) for item in value]
    return copy.deepcopy(value)
