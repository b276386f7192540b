"""How a callback may be called: which parameters get values, and whether the packet is one of them."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Signature:
    """What a callback's parameters say. `positional` includes those with defaults."""

    positional: tuple[str, ...]
    required: int
    takes_any: bool
    named_only: tuple[str, ...]
    """Keyword-only parameters without a default: nobody passes them."""

    def wants_packet(self, listed: int) -> bool:
        """One positional parameter more than listed, without a default, gets the packet."""
        return self.required == listed + 1

    def passed(self, listed: int) -> tuple[str, ...]:
        """The parameters that callers pass."""
        return self.positional[: listed + self.wants_packet(listed)]

    def complaint(self, listed: int) -> str | None:
        """What is wrong with the number of parameters; None where a callback of `listed` values may look like this."""
        if self.named_only:
            return f"has a parameter `{self.named_only[0]}` that must be given by name"
        if self.required > listed + 1:
            return f"takes {_count(self.required)}"
        if len(self.positional) < listed and not self.takes_any:
            return f"takes {_count(len(self.positional))}"
        return None


def signature_of(function: Callable[..., Any]) -> Signature | None:
    """The signature; None where Python can't tell, as for some builtins."""
    try:
        parameters = inspect.signature(function, follow_wrapped=False).parameters.values()
    except (TypeError, ValueError):
        return None
    kinds = inspect.Parameter
    positional = [item for item in parameters if item.kind in (kinds.POSITIONAL_ONLY, kinds.POSITIONAL_OR_KEYWORD)]
    return Signature(
        tuple(item.name for item in positional),
        sum(item.default is kinds.empty for item in positional),
        any(item.kind is kinds.VAR_POSITIONAL for item in parameters),
        tuple(item.name for item in parameters if item.kind is kinds.KEYWORD_ONLY and item.default is kinds.empty),
    )


def _count(number: int) -> str:
    word = {0: "no", 1: "one", 2: "two", 3: "three", 4: "four"}.get(number, str(number))
    return f"{word} {'value' if number == 1 else 'values'}"
