"""Lookups in a table of the object's own database: one query for up to fifty keys."""

from __future__ import annotations

from collections.abc import Sequence
from json import loads
from typing import Any

from streamflow_runtime.d1_lookup import stored
from streamflow_runtime.lookup import Lookup
from streamflow_runtime.outside import platform

RECORD = ["timestamp", "data"]  # the columns behind the key of a database sink that stores whole records


class TableLookup(Lookup):
    """The newest row whose `column`, by default the primary key, is the key: a dict, or a sink's record."""

    most = 50
    concurrency = 200

    def __init__(self, table: str, column: str | None = None, cache_ttl: int | None = None) -> None:
        super().__init__(cache_ttl)
        self.table, self.column = table, column

    def question(self, key: Any) -> Any:
        if isinstance(key, tuple):
            raise ValueError(f"{key!r} can't be looked up in a table: a key is one value")
        return stored(key)

    async def answers(self, questions: Sequence[Any]) -> Sequence[Any]:
        here = platform()
        table = here.table_prefix + _quoted(self.table)
        described = here.sql(f"PRAGMA {here.table_prefix}table_info({_quoted(self.table)})")
        columns = [column[1] for column in described]
        wanted = ", ".join(f"({number}, ?)" for number in range(len(questions)))
        matches = f"found.{_quoted(self._column(described))} = wanted.key"
        newest_last = "" if self.column is None else " ORDER BY found.rowid"
        rows = here.sql(
            f"WITH wanted(number, key) AS (VALUES {wanted})"
            f" SELECT number, found.* FROM wanted JOIN {table} AS found ON {matches}{newest_last}",
            *questions,
        )
        answers: list[Any] = [None] * len(questions)
        for number, *row in rows:
            answers[number] = loads(row[2]) if columns[1:] == RECORD else dict(zip(columns, row, strict=True))
        return answers

    def _column(self, described: Sequence[tuple[Any, ...]]) -> str:
        """The column to compare. Raises ValueError where the table has no primary key of one column."""
        if self.column is not None:
            return self.column
        if not described:
            raise ValueError(f"there is no table {self.table!r}")
        keys = [column[1] for column in described if column[5]]
        if len(keys) != 1:
            help = f'say which column the key is in: table("{self.table}", column="...")'
            raise ValueError(f"the table {self.table!r} has no primary key of one column; {help}")
        return str(keys[0])


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
