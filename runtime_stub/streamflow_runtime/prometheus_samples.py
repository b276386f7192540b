"""Reading the text format of Prometheus: a record for each sample."""

from __future__ import annotations

import math
import re
from typing import Any

from streamflow_runtime.formats import read, text_of

_QUOTED = r'"[^"\\]*(?:\\.[^"\\]*)*"'  # alternatives by the character cost memory, which WebAssembly never gives back
_SAMPLE = re.compile(
    rf'([a-zA-Z_:][a-zA-Z0-9_:]*)[ \t]*(?:\{{([^"}}]*(?:{_QUOTED}[^"}}]*)*)\}})?[ \t]*([^\s_]+)(?:[ \t]+(-?\d+))?'
)
_LABEL = re.compile(rf"[ \t]*([a-zA-Z_][a-zA-Z0-9_]*)[ \t]*=[ \t]*({_QUOTED})[ \t]*(?:,[ \t]*|$)")
_ESCAPES = {r"\\": "\\", r"\"": '"', r"\n": "\n"}


def from_prometheus(data: Any) -> list[dict[str, Any]]:
    """`{"name", "labels", "value"}` of each sample, and its "timestamp" in seconds where it has one.

    A value that is none of JSON's (NaN, +Inf) is None. Raises ValueError.
    """
    records = []
    for number, line in enumerate(text_of(data).split("\n"), 1):
        text = line.strip()
        if text and text[0] != "#":
            try:
                records.append(_record(text))
            except ValueError:
                raise ValueError(f"line {number} is no sample: {text[:40]}") from None
    return records


def prometheus_records(body: bytes, nesting: int) -> list[Any]:
    """The samples of a source's body. Raises BadInput."""
    return read(from_prometheus, body)


def _record(line: str) -> dict[str, Any]:
    match = _SAMPLE.fullmatch(line)
    if match is None:
        raise ValueError
    name, labels, value, moment = match.groups()
    number = float(value)
    record = {"name": name, "labels": _labels(labels or ""), "value": number if math.isfinite(number) else None}
    return record if moment is None else {**record, "timestamp": int(moment) / 1000}


def _labels(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    at = len(text) - len(text.lstrip())
    while at < len(text):
        match = _LABEL.match(text, at)
        if match is None:
            raise ValueError
        found[match[1]] = re.sub(r'\\[\\"n]', lambda escape: _ESCAPES[escape[0]], match[2][1:-1])
        at = match.end()
    return found
