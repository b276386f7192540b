"""What checks of schemas need beside `isinstance`: JSON's own equality, patterns and formats."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime, time
from math import isclose
from typing import Any
from uuid import UUID


def one_of(value: Any, options: Iterable[Any]) -> bool:
    """Whether a value is one of some, as JSON sees it: 1 is 1.0, but not true."""
    return any(_same(value, option) for option in options)


def distinct(values: Sequence[Any]) -> bool:
    """Whether no two of the values are the same."""
    return not any(_same(value, other) for place, value in enumerate(values) for other in values[:place])


def matches(pattern: str, text: str) -> bool:
    """Whether a pattern is found anywhere in a text."""
    return re.search(pattern, text) is not None


def is_multiple(value: float, unit: float) -> bool:
    """Whether a number is a whole multiple of another, but for what floats can't say."""
    return isclose(value / unit, round(value / unit), rel_tol=1e-12)


def has_format(text: str, name: str) -> bool:
    """Whether a text is a `date-time`, `date`, `time` (ISO 8601) or `uuid`."""
    read = {"date-time": datetime.fromisoformat, "date": date.fromisoformat, "time": time.fromisoformat, "uuid": UUID}
    try:
        read[name](text)
    except ValueError:
        return False
    return True


def _same(value: Any, other: Any) -> bool:
    if isinstance(value, bool) or isinstance(other, bool):
        return value is other
    if isinstance(value, dict) and isinstance(other, dict):
        return value.keys() == other.keys() and all(_same(item, other[key]) for key, item in value.items())
    if isinstance(value, (list, tuple)) and isinstance(other, (list, tuple)):
        return len(value) == len(other) and all(map(_same, value, other))
    return bool(value == other)
