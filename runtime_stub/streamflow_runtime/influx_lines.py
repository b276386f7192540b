"""Reading line protocol of InfluxDB: a record for each line."""

from __future__ import annotations

import math
import re
from typing import Any

from streamflow_runtime.formats import read, text_of

# Alternatives by the character would cost memory, which WebAssembly never gives back.
_MEASUREMENT = r"(?=[^, \n])[^, \n\\]*(?:\\[, ]?+[^, \n\\]*)*"
_NAME = r"(?=[^,= \n])[^,= \n\\]*(?:\\[,= ]?+[^,= \n\\]*)*"
_VALUE = r'(?:"[^"\\]*(?:\\.[^"\\]*)*"|[^", \n]+)'
_FIELDS = rf"{_NAME}={_VALUE}(?:,{_NAME}={_VALUE})*"
_LINE = re.compile(
    rf"[ \t]*({_MEASUREMENT})((?:,{_NAME}={_NAME})*) +({_FIELDS})(?: +(-?\d+))?[ \t\r]*(?:\n|\Z)", re.DOTALL
)
_TAG = re.compile(rf",({_NAME})=({_NAME})")
_FIELD = re.compile(rf",?({_NAME})=({_VALUE})", re.DOTALL)
_EMPTY = re.compile(r"[ \t\r]*(?:#[^\n]*)?(?:\n|\Z)")
_WHOLE = re.compile(r"-?\d+[iu]")
_TRUTH = {
    **dict.fromkeys(("t", "T", "true", "True", "TRUE"), True),
    **dict.fromkeys(("f", "F", "false", "False", "FALSE"), False),
}


def from_influx(data: Any) -> list[dict[str, Any]]:
    """`{"measurement", "tags", "fields"}` of each line, and its "timestamp" (there ns, here seconds) where it has one.

    Raises ValueError.
    """
    text, at, records = text_of(data), 0, []
    while at < len(text):
        empty = _EMPTY.match(text, at)
        if empty is not None:
            at = empty.end()
            continue
        line = _LINE.match(text, at)
        if line is None:
            raise ValueError(f"line {text.count(chr(10), 0, at) + 1} is no line protocol")
        records.append(_record(*line.groups()))
        at = line.end()
    return records


def influx_records(body: bytes, nesting: int) -> list[Any]:
    """The lines of a source's body. Raises BadInput."""
    return read(from_influx, body)


def _record(measurement: str, tags: str, fields: str, moment: str | None) -> dict[str, Any]:
    record: dict[str, Any] = {
        "measurement": re.sub(r"\\([, ])", r"\1", measurement),
        "tags": {_bare(name): _bare(value) for name, value in _TAG.findall(tags)},
        "fields": {_bare(name): _value(text) for name, text in _FIELD.findall(fields)},
    }
    return record if moment is None else {**record, "timestamp": int(moment) / 1_000_000_000}


def _bare(name: str) -> str:
    return re.sub(r"\\([,= ])", r"\1", name)


def _value(text: str) -> Any:
    if text[0] == '"':
        return re.sub(r'\\(["\\])', r"\1", text[1:-1])
    if text in _TRUTH:
        return _TRUTH[text]
    if _WHOLE.fullmatch(text):
        return int(text[:-1])
    number = float(text)
    if not math.isfinite(number) or "_" in text:
        raise ValueError(f"{text[:40]} is no number")
    return number
