"""Module-level identifiers of the generated kernel: from the user's names, each given once."""

from __future__ import annotations

import builtins
import keyword
import re
from collections.abc import Collection


class Identifiers:
    """Names taken so far. Builtins are never given, so that a builtin's name in the output always means the builtin."""

    def __init__(self, reserved: Collection[str]) -> None:
        self._taken = {*reserved, *dir(builtins)}

    def new(self, wish: str, forbidden: Collection[str] = ()) -> str:
        """The identifier nearest to `wish` that is free: `large-only` is `large_only`, then `large_only_2`."""
        base = re.sub(r"\W", "_", wish).strip("_") or "function"
        if wish.startswith("_") and not base.startswith("_"):
            base = f"_{base}"
        if base[0].isdigit():
            base = f"_{base}"
        if keyword.iskeyword(base):
            base = f"{base}_"
        name, number = base, 1
        while name in self._taken or name in forbidden:
            number += 1
            name = f"{base}_{number}"
        self._taken.add(name)
        return name
