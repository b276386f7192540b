"""What windows hold in the place of packets: how it is made, saved and loaded."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from streamflow_runtime.codec import dumps
from streamflow_runtime.kept import Kept
from streamflow_runtime.stage import Row

_LONGEST = 900_000  # characters of a row; a larger state takes several


class Contents:
    """`made()` gives what a window holds at first: it has a length, `held`, `span`, `text` and `load`."""

    def __init__(self, made: Callable[[], Any]) -> None:
        self.fresh = made

    def changes(self, kept: Kept, node: str) -> Iterator[Row]:
        """The rows of a changed window; they count as durable from here on."""
        rows = list(self.rows(kept, node))
        yield from rows
        key = dumps(kept.key)
        for part in range(len(rows), kept.saved + 1):
            yield node, key, kept.window, part, None
        kept.saved = len(rows) - 1
        kept.changed = False

    def rows(self, kept: Kept, node: str) -> Iterator[Row]:
        """The header, then the text of the state in pieces."""
        key, text = dumps(kept.key), kept.packets.text()
        yield node, key, kept.window, 0, dumps(kept.header())
        for part, at in enumerate(range(0, len(text), _LONGEST), 1):
            yield node, key, kept.window, part, dumps(text[at : at + _LONGEST])

    def take_over(self, kept: Kept, parts: list[str]) -> None:
        """Give a window back what its rows hold."""
        kept.packets = self.fresh()
        kept.packets.load("".join(parts))
        kept.saved = len(parts)
