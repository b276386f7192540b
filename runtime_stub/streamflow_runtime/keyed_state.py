"""State by key: one row a key, changed rows alone are written."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from streamflow_runtime.codec import dumps, loads, row_text
from streamflow_runtime.keys import check_room
from streamflow_runtime.stage import Row, Source, Stage

if TYPE_CHECKING:
    from streamflow_runtime.kernel import Kernel

_SHORT = 1 << 63  # numbers below need no look at their text


class Cell:
    """The value of one key, when it was written last (ms by the clock), and as which of all writes."""

    __slots__ = ("at", "key", "order", "saved", "text", "value")

    def __init__(self, key: Any, value: Any = None, at: int = 0, order: int = 0, saved: bool = False) -> None:
        self.key, self.value, self.at, self.order, self.saved = key, value, at, order, saved
        self.text: str | None = None  # of the value, where it is known already


class KeyedState(Stage):
    """Values by key, those written longest ago first."""

    way_out = "a `ttl` forgets those not in use"

    def __init__(self, kernel: Kernel, name: str, upstream: Sequence[Source | Stage]) -> None:
        super().__init__(kernel, name, upstream)
        self.cells: OrderedDict[Any, Cell] = OrderedDict()
        self.changed: dict[Any, Cell] = {}
        self.gone: list[Cell] = []  # forgotten, with rows that are still there
        self.writes = 0

    def write(self, key: Any, value: Any) -> None:
        """Keep a value. Raises TypeError or ValueError, having changed nothing, for one that can't be state."""
        text = None if _is_short(value) else row_text(value)
        cell = self.cells.get(key)
        if cell is None:
            cell = self.cells[key] = Cell(key)
        else:
            self.cells.move_to_end(key)
        assert self.kernel.clock is not None
        cell.value, cell.text, cell.at, cell.order = value, text, self.kernel.clock, self.writes
        self.writes += 1
        self.changed[key] = cell

    def forget(self, key: Any) -> None:
        """Keep nothing for a key any more."""
        cell = self.cells.pop(key, None)
        if cell is not None:
            self.changed.pop(key, None)
            if cell.saved:
                self.gone.append(cell)

    def forget_until(self, moment: int) -> None:
        """Forget what was written at `moment` or before."""
        cells = self.cells
        while cells and (oldest := next(iter(cells.values()))).at <= moment:
            self.forget(oldest.key)

    def check_room(self) -> None:
        """Raise ValueError where there is no room for another key."""
        check_room(self.kernel, self.name, len(self.cells), self.way_out)

    def clocks(self) -> list[Any]:
        return [self.watermark, self.writes]

    def set_clocks(self, clocks: list[Any]) -> None:
        super().set_clocks(clocks)
        self.writes = clocks[1]

    def changes(self) -> Iterator[Row]:
        gone, self.gone = self.gone, []
        changed, self.changed = self.changed, {}
        for cell in gone:
            yield self.name, dumps(cell.key), "", 0, None
        for cell in changed.values():
            cell.saved = True
            yield self._row(cell)

    def rows(self) -> Iterator[Row]:
        return map(self._row, list(self.cells.values()))

    def load(self, rows: Iterable[tuple[str, str, int, Any]]) -> None:
        for key, _, _, (value, at, order) in sorted(rows, key=lambda row: row[3][2]):
            cell = Cell(loads(key), value, at, order, saved=True)
            self.cells[cell.key] = cell

    def _row(self, cell: Cell) -> Row:
        text = dumps(cell.value) if cell.text is None else cell.text
        return self.name, dumps(cell.key), "", 0, f"[{text},{cell.at},{cell.order}]"


def _is_short(value: Any) -> bool:
    kind = type(value)
    return kind is float or kind is bool or (kind is int and -_SHORT < value < _SHORT)
