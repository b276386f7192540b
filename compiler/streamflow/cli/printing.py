"""Printing to standard output: nothing in it taken for markup; as wide as the terminal, elsewhere as wide as a page."""

from __future__ import annotations

import sys
from collections.abc import Iterable

from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

_WIDTH = 100


def print_parts(parts: Iterable[RenderableType]) -> None:
    """One below the other; texts are never wrapped."""
    terminal = sys.stdout.isatty()
    console = Console(file=sys.stdout, width=None if terminal else _WIDTH, highlight=False, markup=False, emoji=False)
    with console.capture() as capture:
        for part in parts:
            console.print(part, soft_wrap=isinstance(part, Text))
    sys.stdout.write("".join(f"{line.rstrip()}\n" for line in capture.get().splitlines()))


def grid(columns: int) -> Table:
    """Columns whose first is never broken."""
    table = Table.grid(padding=(0, 2))
    for number in range(columns):
        table.add_column(no_wrap=number == 0, overflow="fold")
    return table
