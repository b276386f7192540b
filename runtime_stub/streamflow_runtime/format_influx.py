"""Line protocol of InfluxDB: a line a record, `measurement,tag=value field=1.5 time`."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from streamflow_runtime.fields import field
from streamflow_runtime.formats import cell, records_of


def to_influx(value: Any, measurement: str, time: int, tags: Sequence[str] = ()) -> str:
    """A line for a record or for each of a list. `time` is in ms. Raises ValueError for a record without a field.

    Fields are its numbers (as floats: 21 and 21.5 are one series), booleans and texts but for the tags.
    """
    return "\n".join(_line(record, measurement, time, tags) for record in records_of(value))


def _line(record: dict[str, Any], measurement: str, time: int, tags: Sequence[str]) -> str:
    series = _name(measurement, ", ")
    for tag in tags:
        try:
            text = cell(field(record, tag))
        except KeyError:
            raise ValueError(f"the record has no {tag!r}, which is a tag") from None
        if text:
            series += f",{_name(tag, ',= ')}={_name(text, ',= ')}"
    fields = {name: shown for name, value in record.items() if name not in tags and (shown := _shown(value))}
    if not fields:
        raise ValueError("the record has no field that is a number, a boolean or a text")
    values = ",".join(f"{_name(name, ',= ')}={shown}" for name, shown in fields.items())
    return f"{series} {values} {time * 1_000_000}"


def _shown(value: Any) -> str | None:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return repr(value) if math.isfinite(value) else None
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return None


def _name(text: str, special: str) -> str:
    """Text outside quotes. The protocol has no way to write a line break there, or a backslash at the end."""
    if not text or text[-1] == "\\" or "\n" in text or "\r" in text:
        raise ValueError(f"{text[:40]!r} can't stand in line protocol")
    return "".join(f"\\{character}" if character in special else character for character in text)
