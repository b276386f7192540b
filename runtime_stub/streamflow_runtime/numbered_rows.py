"""Rows of what waits, by number: those that changed are written, and those of what is gone are deleted."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator

from streamflow_runtime.stage import Row


def changed_rows(
    node: str, changed: set[int], saved: set[int], waiting: Container[int], row_of: Callable[[int], Row | None]
) -> Iterator[Row]:
    """The rows of the numbers that have `changed`, which is empty then; `saved` are those that have rows.

    `row_of` gives None for what can't be kept. That waits no longer, and may have changed others.
    """
    numbers = sorted(changed)
    changed.clear()
    for number in numbers:
        row = row_of(number) if number in waiting else None
        if row is not None:
            saved.add(number)
            yield row
        elif number in saved:
            saved.discard(number)
            yield node, "", "", number, None
