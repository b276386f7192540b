"""Sinks of type database: rows written in the transaction that commits the state, so exactly once."""

from __future__ import annotations

from collections.abc import Sequence
from json import dumps
from math import isfinite
from typing import TYPE_CHECKING, Any

from streamflow_runtime.encode import show
from streamflow_runtime.part import Commit, Part

if TYPE_CHECKING:
    from streamflow_runtime.shell import Shell


class DatabaseSinks(Part):
    """Inserts or upserts, whole batches."""

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell)
        self.tables = {
            name: Table(options, shell.platform.table_prefix)
            for name, options in shell.service["sinks"].items()
            if options["type"] == "database"
        }

    def start(self) -> None:
        for table in self.tables.values():
            self.shell.platform.sql(table.create)

    def write(self, commit: Commit) -> None:
        for sink, table in self.tables.items():
            rows = []
            for packet in commit.outputs.get(sink, ()):
                try:
                    rows.append(table.row(packet))
                except (TypeError, ValueError, RecursionError) as error:
                    _refuse(commit, sink, packet.data, error)
            for piece, text in self.shell.pieces(rows):
                if not self._at_once(table, piece, text):
                    self._one_by_one(commit, sink, table, piece)

    def _at_once(self, table: Table, rows: Sequence[list[Any]], text: str) -> bool:
        """Whether one statement could write all the rows. The database's own JSON cuts a text at its first NUL."""
        if any(isinstance(cell, str) and "\0" in cell for row in rows for cell in row):
            return False
        try:
            self.shell.platform.sql(table.insert, text)
        except Exception:
            return False
        return True

    def _one_by_one(self, commit: Commit, sink: str, table: Table, rows: Sequence[list[Any]]) -> None:
        """A row that the table refuses must not stop the others."""
        for row in rows:
            try:
                self.shell.platform.sql(table.insert_one, *row)
            except Exception as error:
                _refuse(commit, sink, row, error)


class Table:
    """One sink's table and the row of a packet."""

    def __init__(self, options: dict[str, Any], prefix: str) -> None:
        self.columns: list[str] | None = options.get("columns")
        self.key: str | None = options.get("key") if options.get("mode") == "upsert" else None
        if self.columns:
            names = self.columns if self.key in (None, *self.columns) else [str(self.key), *self.columns]
            self.columns = names
            declared = [_quoted(name) + (" PRIMARY KEY" if name == self.key else "") for name in names]
        else:
            declared = [f"{_quoted(self.key)} PRIMARY KEY" if self.key else "id TEXT PRIMARY KEY"]
            declared += ["timestamp REAL", "data TEXT"]
        table = prefix + _quoted(options["table"])
        values = ", ".join(f"value->>{index}" for index in range(len(declared)))
        self.create = f"CREATE TABLE IF NOT EXISTS {table} ({', '.join(declared)})"
        written = ", ".join(map(_quoted, self.columns or [self.key or "id", "timestamp", "data"]))
        # By id, too: a packet that a restored state sends again is the same row.
        verb = "INSERT" if self.columns and not self.key else "INSERT OR REPLACE"
        self.insert = f"{verb} INTO {table} ({written}) SELECT {values} FROM json_each(?)"
        self.insert_one = f"{verb} INTO {table} ({written}) VALUES ({', '.join('?' * len(declared))})"

    def row(self, packet: Any) -> list[Any]:
        """Nested values as JSON text, missing ones None. Raises ValueError for a packet without the key, and for text
        and numbers that neither JSON nor the database holds."""
        data = packet.data if isinstance(packet.data, dict) else {}
        if self.key is not None and data.get(self.key) is None:
            raise ValueError(f"no {self.key} to upsert by")
        if self.columns:
            return [_cell(data.get(name)) for name in self.columns]
        first = _cell(data[self.key]) if self.key else packet.id
        return [first, packet.timestamp, dumps(packet.data, allow_nan=False)]


def _cell(value: Any) -> Any:
    if isinstance(value, str):
        value.encode()  # half a surrogate pair has no UTF-8
        return value
    if isinstance(value, int):
        return int(value) if -(2**63) <= value < 2**63 else str(value)  # beyond, the database would round it
    if isinstance(value, float) and not isfinite(value):
        raise ValueError(f"{value} is not a number that can be stored")
    return value if value is None or isinstance(value, float) else dumps(value, allow_nan=False)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _refuse(commit: Commit, sink: str, data: Any, error: Exception) -> None:
    commit.letters.append((sink, show(data), str(error), 1, None))
