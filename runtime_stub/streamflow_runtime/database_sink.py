"""Sinks of type database: rows written in the transaction that commits the state, so exactly once."""

from __future__ import annotations

from json import dumps
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
            try:
                self.shell.insert(table.insert, rows)
            except Exception:  # a row that the table refuses must not stop the others
                for row in rows:
                    try:
                        self.shell.insert(table.insert, [row])
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

    def row(self, packet: Any) -> list[Any]:
        """Nested values as JSON text, missing ones None. Raises ValueError for a packet that has no key."""
        data = packet.data if isinstance(packet.data, dict) else {}
        if self.key is not None and data.get(self.key) is None:
            raise ValueError(f"no {self.key} to upsert by")
        if self.columns:
            return [_cell(data.get(name)) for name in self.columns]
        first = _cell(data[self.key]) if self.key else packet.id
        return [first, packet.timestamp, dumps(packet.data)]


def _cell(value: Any) -> Any:
    if value is None or isinstance(value, (str, int, float)):
        return value
    return dumps(value)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _refuse(commit: Commit, sink: str, data: Any, error: Exception) -> None:
    commit.letters.append((sink, show(data), str(error), 1, None))
