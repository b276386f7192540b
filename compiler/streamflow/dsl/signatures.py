"""What functions must be able to take."""

from __future__ import annotations

import inspect
from typing import Any

_POSITIONAL = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)


def takes_at_most(number: int, function: Any, called: str) -> None:
    """Raise ValueError, saying how the function is `called`, where it needs more positional arguments."""
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return
    if sum(item.kind in _POSITIONAL and item.default is inspect.Parameter.empty for item in parameters) > number:
        raise ValueError(f"is called {called}")
