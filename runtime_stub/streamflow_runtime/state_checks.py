"""Whether the header of a stored state is one that this kernel can take over."""

from __future__ import annotations

from typing import Any


class StateMismatch(ValueError):
    """A saved state that is not of this graph, or not a state at all. Nothing was changed."""


def check_header(header: Any, layout: int) -> None:
    """Raises StateMismatch for the header of another layout, and for what is no header."""
    if not isinstance(header, dict) or header.get("layout") != layout:
        found = header.get("layout", "an older one") if isinstance(header, dict) else "none"
        raise StateMismatch(f"the stored state is not of layout {layout}, but of {found}")
    clock = header.get("clock")
    if clock is not None and type(clock) is not int:
        raise StateMismatch(f"damaged: the clock is {clock!r}")
    for field in ("shape", "sources", "stages", "counts", "left"):
        if not isinstance(header.get(field), dict):
            raise StateMismatch(f"damaged: `{field}` is {header.get(field)!r}")
    for field in ("counts", "left"):
        for name, count in header[field].items():
            if type(count) is not int:
                raise StateMismatch(f"damaged: `{field}` of `{name}` is {count!r}")


def check_clocks(name: str, clocks: Any, fresh: list[Any], younger: int = 0) -> list[Any]:
    """A node's clocks. Raises StateMismatch where they are not such as its `fresh` ones.

    Those that an older version did not write, at most the last `younger`, are the fresh ones.
    """
    if not isinstance(clocks, list) or not len(fresh) - younger <= len(clocks) <= len(fresh):
        raise StateMismatch(f"damaged: the clocks of `{name}` are {clocks!r}")
    if not all(map(_fits, clocks, fresh)):
        raise StateMismatch(f"damaged: the clocks of `{name}` are {clocks!r}")
    return [*clocks, *fresh[len(clocks) :]]


def _fits(value: Any, fresh: Any) -> bool:
    """Counters are whole; watermarks are numbers, infinite ones too; a moment may be unset."""
    if type(fresh) is int:
        return type(value) is int
    return (value is None and fresh is None) or (type(value) in (int, float) and value == value)
