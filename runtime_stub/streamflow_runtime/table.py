"""The table of a database sink: its columns, the statements that change it, and the row of a packet."""

from __future__ import annotations

from collections.abc import Sequence
from json import dumps
from math import isfinite
from typing import Any


class Table:
    """One sink's table. `prefix` stands in front of its name, such as "sinks."."""

    def __init__(self, options: dict[str, Any], prefix: str = "") -> None:
        self.columns: list[str] | None = options.get("columns")
        self.key: str | None = options.get("key") if options.get("mode") == "upsert" else None
        if self.columns:
            names = self.columns if self.key in (None, *self.columns) else [str(self.key), *self.columns]
            self.columns = names
            declared = [_quoted(name) + (" PRIMARY KEY" if name == self.key else "") for name in names]
        else:
            declared = [f"{_quoted(self.key)} PRIMARY KEY" if self.key else "id TEXT PRIMARY KEY"]
            declared += ["timestamp REAL", "data TEXT"]
        name = _quoted(options["table"])
        table = prefix + name
        values = ", ".join(f"value->>{index}" for index in range(len(declared)))
        self.create = f"CREATE TABLE IF NOT EXISTS {table} ({', '.join(declared)})"
        self.describe = f"PRAGMA {prefix}table_info({name})"
        self._add = f"ALTER TABLE {table} ADD COLUMN "
        self._declared = declared
        written = ", ".join(map(_quoted, self.columns or [self.key or "id", "timestamp", "data"]))
        # By id, too: a packet that a restored state sends again is the same row.
        verb = "INSERT" if self.columns and not self.key else "INSERT OR REPLACE"
        self.insert = f"{verb} INTO {table} ({written}) SELECT {values} FROM json_each(?)"
        self.insert_one = f"{verb} INTO {table} ({written}) VALUES ({', '.join('?' * len(declared))})"
        if self.key:
            gone = f"DELETE FROM {table} WHERE {_quoted(self.key)}"
            self.delete = f"{gone} IN (SELECT value->>0 FROM json_each(?))"
            self.delete_one = f"{gone} = ?"

    def missing(self, described: Sequence[Sequence[Any]]) -> list[str]:
        """The statements that add the columns which a table made earlier lacks; `described` is what `describe` gave."""
        there = {row[1].lower() for row in described}
        names = self.columns or ["id", "timestamp", "data"]
        return [
            self._add + column
            for name, column in zip(names, self._declared, strict=True)
            if name.lower() not in there and "PRIMARY KEY" not in column
        ]

    def row(self, data: Any, id: str, timestamp: float) -> list[Any]:
        """Nested values as JSON text, missing ones None. Raises ValueError for a packet without the key, and for text
        and numbers that neither JSON nor the database holds."""
        key = self.key_of(data)
        fields = data if isinstance(data, dict) else {}
        if self.columns:
            return [_cell(fields.get(name)) for name in self.columns]
        return [_cell(key) if self.key else id, timestamp, dumps(data, allow_nan=False)]

    def gone(self, data: Any) -> list[Any]:
        """What says which row is to be removed. Raises ValueError for a packet without the key."""
        return [_cell(self.key_of(data))]

    def key_of(self, data: Any) -> Any:
        """The value of the primary key; None where there is none. Raises ValueError where the packet lacks it."""
        if self.key is None:
            return None
        key = data.get(self.key) if isinstance(data, dict) else None
        if key is None:
            raise ValueError(f"no {self.key} to upsert by")
        return key


def in_json(rows: Sequence[Sequence[Any]]) -> bool:
    """Whether rows may be handed over as JSON: the database's own reader cuts a text at its first NUL."""
    return not any(isinstance(cell, str) and "\0" in cell for row in rows for cell in row)


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
