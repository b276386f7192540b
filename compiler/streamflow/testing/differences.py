"""What differs between the outputs that a test expects and those it sees: aligned, field by field."""

from __future__ import annotations

from collections.abc import Sequence
from pprint import pformat
from typing import Any

_CELLS = 250_000  # of the table by which lists are aligned: beyond, they are compared place by place

Pair = tuple[int | None, int | None]  # places in what is expected and in what is seen


def aligned(expected: Sequence[Any], seen: Sequence[Any]) -> list[Pair]:
    """Which output is which: equal ones side by side, in order; the rest have no partner."""
    first, last = 0, 0
    while first < min(len(expected), len(seen)) and _equal(expected[first], seen[first]):
        first += 1
    while last < min(len(expected), len(seen)) - first and _equal(expected[-1 - last], seen[-1 - last]):
        last += 1
    rows, columns = len(expected) - first - last, len(seen) - first - last
    middle = _between(expected[first : first + rows], seen[first : first + columns])
    head: list[Pair] = [(at, at) for at in range(first)]
    tail: list[Pair] = [(len(expected) - at, len(seen) - at) for at in range(last, 0, -1)]
    body: list[Pair] = [(None if a is None else a + first, None if b is None else b + first) for a, b in middle]
    return [*head, *body, *tail]


def difference(expected: Sequence[Any], seen: Sequence[Any], pairs: Sequence[Pair]) -> list[str]:
    """The outputs as lines: `-` is missing, `+` is not expected, `?` says in which fields two of them differ."""
    lines: list[str] = []
    same = 0
    for position, (missing, more) in enumerate(pairs):
        if missing is not None and more is not None:
            same += 1
            continue
        lines += _passed_over(same)
        same = 0
        lines += _signed("-", expected[missing]) if missing is not None else _signed("+", seen[more or 0])
        before = pairs[position - 1] if position else (None, None)
        if missing is None and more is not None and before[1] is None and before[0] is not None:
            lines += _fields(expected[before[0]], seen[more])
    return [*lines, *_passed_over(same)]


def _between(expected: Sequence[Any], seen: Sequence[Any]) -> list[Pair]:
    """The longest common subsequence, by `==`: what is expected may hold an approximate number."""
    rows, columns = len(expected), len(seen)
    if rows * columns > _CELLS:
        short = min(rows, columns)
        pairs: list[Pair] = []
        for at in range(short):
            pairs += [(at, at)] if _equal(expected[at], seen[at]) else [(at, None), (None, at)]
        return [*pairs, *((at, None) for at in range(short, rows)), *((None, at) for at in range(short, columns))]
    longest = [[0] * (columns + 1) for _ in range(rows + 1)]
    for row in reversed(range(rows)):
        for column in reversed(range(columns)):
            if _equal(expected[row], seen[column]):
                longest[row][column] = longest[row + 1][column + 1] + 1
            else:
                longest[row][column] = max(longest[row + 1][column], longest[row][column + 1])
    found: list[Pair] = []
    gone: list[int] = []
    come: list[int] = []
    row = column = 0
    while row < rows or column < columns:
        if row < rows and column < columns and _equal(expected[row], seen[column]):
            found += [*_interleaved(gone, come), (row, column)]
            gone, come = [], []
            row, column = row + 1, column + 1
        elif column == columns or (row < rows and longest[row + 1][column] >= longest[row][column + 1]):
            gone.append(row)
            row += 1
        else:
            come.append(column)
            column += 1
    return [*found, *_interleaved(gone, come)]


def _interleaved(gone: list[int], come: list[int]) -> list[Pair]:
    """What is missing at one place beside what came there instead."""
    pairs: list[Pair] = []
    for at in range(max(len(gone), len(come))):
        pairs += [(gone[at], None)] if at < len(gone) else []
        pairs += [(None, come[at])] if at < len(come) else []
    return pairs


def _fields(expected: Any, seen: Any) -> list[str]:
    if not (isinstance(expected, dict) and isinstance(seen, dict) and expected.keys() & seen.keys()):
        return []
    parts = []
    for name in [*expected, *(name for name in seen if name not in expected)]:
        if name not in seen:
            parts.append(f"{name!r} is missing")
        elif name not in expected:
            parts.append(f"{name!r} is not expected")
        elif not _equal(expected[name], seen[name]):
            parts.append(f"{name!r} is {seen[name]!r} instead of {expected[name]!r}")
    return [f"  ? {', '.join(parts)}"] if parts else []


def _signed(sign: str, value: Any) -> list[str]:
    first, *rest = pformat(value, width=110, sort_dicts=False).splitlines()
    return [f"  {sign} {first}", *(f"  {sign} {line}" for line in rest)]


def _passed_over(number: int) -> list[str]:
    return [f"    ({number} as expected)"] if number else []


def _equal(expected: Any, seen: Any) -> bool:
    try:
        return bool(expected == seen)
    except Exception:
        return False
