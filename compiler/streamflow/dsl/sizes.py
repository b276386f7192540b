"""Sizes as users write them: bytes, or text such as "64KB" or "1MB"."""

from __future__ import annotations

import re

_UNITS = {"B": 1, "KB": 1024, "MB": 1024**2}
_TEXT = re.compile(r"\s*(\d+(?:\.\d+)?)\s*(B|KB|MB)\s*", re.IGNORECASE)


def size_in_bytes(size: object) -> int:
    """Whole bytes, at least 1. Raises ValueError with what is accepted."""
    if isinstance(size, str) and (match := _TEXT.fullmatch(size)):
        size = int(float(match[1]) * _UNITS[match[2].upper()])
    if isinstance(size, bool) or not isinstance(size, int) or size < 1:
        raise ValueError(f'{size!r} is not a size: write bytes (65536) or text with B, KB or MB, such as "64KB"')
    return size
