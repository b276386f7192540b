"""JSON and NDJSON: text of any value, and of a list with one value a line."""

from __future__ import annotations

from json import JSONEncoder
from typing import Any

from streamflow_runtime.decode import decode
from streamflow_runtime.formats import bytes_of, read, text_of

_compact = JSONEncoder(separators=(",", ":"), allow_nan=False).encode


def from_json(data: Any, nesting: int) -> Any:
    """The one value of a JSON text. Raises ValueError."""
    values = decode(b"[" + bytes_of(data) + b"]", nesting + 1)  # any value may stand in an array
    if len(values) != 1:
        raise ValueError("one JSON value is expected")
    return values[0]


def to_json(value: Any) -> str:
    """JSON without spaces. Raises ValueError or TypeError for what JSON can't hold."""
    return _compact(value)


def from_ndjson(data: Any, nesting: int) -> list[Any]:
    """The values of the lines that are not empty. Raises ValueError."""
    values = []
    for number, line in enumerate(text_of(data).split("\n"), 1):
        if line.strip():
            try:
                values.append(from_json(line, nesting))
            except ValueError as error:
                raise ValueError(f"line {number}: {error}") from None
    return values


def to_ndjson(value: Any) -> str:
    """A line for each value of a list, or one line. Raises ValueError or TypeError."""
    if value == []:
        raise ValueError("the list is empty")
    return "\n".join(map(_compact, value if isinstance(value, list) else [value]))


def ndjson_records(body: bytes, nesting: int) -> list[Any]:
    """The lines of a source's body, whatever values they are. Raises BadInput."""
    return read(from_ndjson, body, nesting)
