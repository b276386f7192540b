"""Durations as users write them: seconds, text such as "1h" or "250ms", or a timedelta."""

from __future__ import annotations

import math
import re
from datetime import timedelta
from typing import TypeAlias

Duration: TypeAlias = float | int | str | timedelta

_UNITS = {"ms": 1, "s": 1000, "m": 60_000, "min": 60_000, "h": 3_600_000, "d": 86_400_000, "w": 604_800_000}
_PART = re.compile(r"\s*(-?\d+(?:\.\d+)?)\s*(ms|s|min|m|h|d|w)\s*")


def milliseconds(duration: Duration) -> int:
    """Whole milliseconds of a duration, half up. Raises ValueError with what is accepted."""
    if isinstance(duration, timedelta):
        return math.floor(duration / timedelta(milliseconds=1) + 0.5)
    if isinstance(duration, str):
        return _parsed(duration)
    if isinstance(duration, bool) or not isinstance(duration, (int, float)) or not math.isfinite(duration):
        raise ValueError(f'{duration!r} is not a duration: write seconds (3600), text ("1h", "250ms") or a timedelta')
    return math.floor(duration * 1000 + 0.5)


def _parsed(text: str) -> int:
    total, position = 0.0, 0
    while position < len(text):
        match = _PART.match(text, position)
        if match is None:
            break
        total += float(match[1]) * _UNITS[match[2]]
        position = match.end()
    if position < len(text) or not text.strip():
        raise ValueError(
            f'{text!r} is not a duration: write a number with ms, s, m, h, d or w, such as "1h" or "250ms"'
        )
    return math.floor(total + 0.5)
