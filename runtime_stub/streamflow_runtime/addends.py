"""What may be added to the windows of `aggregates=`."""

from __future__ import annotations

from typing import Any

from streamflow_runtime.codec import tagged

_PLAIN = frozenset((str, int, float, bool, type(None)))


def checked_number(value: Any) -> Any:
    """A number as given. Raises TypeError for anything else; None passes."""
    if value is None or (isinstance(value, (int, float)) and not isinstance(value, bool)):
        return value
    raise TypeError(f"a number is needed, not {type(value).__name__}")


def storable(value: Any) -> Any:
    """A value as given. Raises TypeError where it can't be part of the state."""
    if type(value) not in _PLAIN:
        tagged(value)
    return value
