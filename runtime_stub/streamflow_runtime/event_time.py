"""Event time: what `timestamp=` may give, as whole milliseconds."""

from __future__ import annotations

from datetime import datetime
from math import floor, inf, nextafter
from typing import Any


def event_time(value: Any) -> int:
    """Milliseconds of seconds (a number of any kind), ISO 8601 text with offset, or an aware datetime.

    Raises ValueError, and for numbers that are none what they raise.
    """
    kind = type(value)
    if kind is not float and kind is not int:
        value = _seconds(value)
    if -1e11 <= value <= 1e11:
        time: int = floor(value * 1000 + 0.5)
        return time
    if value > 1e11:
        raise ValueError(f"timestamp {value!r} looks like milliseconds: divide by 1000")
    reason = "out of range" if value == value else "not a number"
    raise ValueError(f"timestamp {value!r} is {reason}")


def milliseconds(seconds: float) -> int:
    """Whole milliseconds of seconds."""
    return floor(seconds * 1000 + 0.5)


def _seconds(value: Any) -> float:
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            raise ValueError(f"timestamp {value!r} is not ISO 8601") from None
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise ValueError(f"timestamp {value.isoformat()!r} has no offset from UTC")
        return value.timestamp()
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return value
    if hasattr(value, "as_integer_ratio") and not isinstance(value, bool):  # such as Decimal and Fraction
        near = float(value)
        return nextafter(near, -inf) if near > value else near
    raise ValueError(f"timestamp can't be {value!r}: give seconds, ISO 8601 text with offset or a datetime")
