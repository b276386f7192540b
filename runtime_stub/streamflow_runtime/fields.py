"""Reading a value from data by name: the literal name first, then as a dotted path."""

from __future__ import annotations

from typing import Any


def field(data: Any, name: str) -> Any:
    """The field called `name`; where there is none, the one that the dotted path leads to. Raises KeyError."""
    if name in data:
        return data[name]
    value = data
    for part in name.split("."):
        try:
            value = value[part]
        except (KeyError, TypeError):
            raise KeyError(name) from None
    return value
