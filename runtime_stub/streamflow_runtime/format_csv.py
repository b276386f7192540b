"""CSV, as RFC 4180 and spreadsheets have it: records with a row each, their fields named by the first row."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from io import StringIO
from typing import Any

from streamflow_runtime.formats import cell, read, records_of, text_of


def from_csv(data: Any, columns: Sequence[str] | None = None, header: bool = True, delimiter: str = ",") -> list[Any]:
    """A record of texts for each row. The first row names the fields unless `header` is False.

    With `columns` only those are read. Raises ValueError for quotes that don't match and rows of another length.
    """
    reader = csv.reader(StringIO(text_of(data), newline=""), delimiter=delimiter, strict=True)
    try:
        rows = [(reader.line_num, row) for row in reader if row]
    except csv.Error as error:
        raise ValueError(f"line {reader.line_num}: {error}") from None
    names = list(columns or ()) if not header else rows.pop(0)[1] if rows else []
    if len({*names}) < len(names):
        raise ValueError("the first row names a field twice")
    missing = [name for name in columns or () if name not in names]
    if missing:
        raise ValueError(f"there is no column {missing[0]!r}")
    for line, row in rows:
        if len(row) != len(names):
            raise ValueError(f"the row that ends in line {line} has {len(row)} fields, not {len(names)}")
    records = [dict(zip(names, row, strict=True)) for _, row in rows]
    return records if columns is None else [{name: record[name] for name in columns} for record in records]


def to_csv(value: Any, columns: Sequence[str] | None = None, header: bool = True, delimiter: str = ",") -> str:
    """Rows for a record, or a list of them, below their names; a field that is missing is empty. Raises ValueError."""
    records = records_of(value)
    names = list(dict.fromkeys(name for record in records for name in record)) if columns is None else columns
    rows = [[cell(record.get(name)) for name in names] for record in records]
    return "\n".join(_row(row, delimiter) for row in ([list(names), *rows] if header else rows))


def csv_records(body: bytes, nesting: int) -> list[Any]:
    """The rows of a source's body. Raises BadInput."""
    return read(from_csv, body)


def _row(cells: list[str], delimiter: str) -> str:
    return delimiter.join(_quoted(text, delimiter) for text in cells) or '""'


def _quoted(text: str, delimiter: str) -> str:
    special = any(character in text for character in (delimiter, '"', "\n", "\r")) or text[:1] == "\ufeff"
    return f'"{text.replace(chr(34), chr(34) * 2)}"' if special else text
