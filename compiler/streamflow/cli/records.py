"""Recorded events from files: NDJSON, or a .json file with an array, read as far as they are needed."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import IO, Any, NoReturn

from streamflow.cli.reporting import refuse
from streamflow_runtime.decode import BadInput, check_nesting, decode

_LINES = 500
_DIGITS = bytes.maketrans(b"123456789E", b"000000000e")


def records(stream: IO[bytes], name: str, nesting: int, read: Callable[[int], None]) -> Iterator[Any]:
    """The records of a stream. `read(bytes)` is told how far it is. Raises CompileError with file and line.

    A record is what a line of a request's body may be; see `streamflow_runtime.decode`.
    """
    if Path(name).suffix == ".json":
        yield from _whole_file(stream, name, nesting, read)
        return
    first = 1
    while lines := list(islice(stream, _LINES)):
        size = sum(map(len, lines))
        values = _decoded(lines, nesting)
        yield from _one_by_one(lines, first, name, nesting) if values is None else values
        read(size)
        first += len(lines)


def _whole_file(stream: IO[bytes], name: str, nesting: int, read: Callable[[int], None]) -> Iterable[Any]:
    body = stream.read()
    read(len(body))
    try:
        return decode(body, nesting)
    except BadInput as bad:
        raise refuse("SF302", f"{name}: {bad}") from None


def _decoded(lines: list[bytes], nesting: int) -> list[Any] | None:
    """The values of many lines at once; None if any of them needs a closer look."""
    body = b"".join(lines)
    try:
        check_nesting(body, nesting)
        loads = _watchful if _may_be_huge(body) else _plain
        values = [loads(line.decode()) for line in lines if not line.isspace()]
    except ValueError:
        return None
    return values if all(isinstance(value, (dict, list)) for value in values) else None


def _may_be_huge(body: bytes) -> bool:
    """Whether there may be a number beyond a double."""
    digits = body.translate(_DIGITS)
    return b"e000" in digits or b"e+000" in digits or b"0" * 308 in digits


def _one_by_one(lines: Iterable[bytes], first: int, name: str, nesting: int) -> Iterator[Any]:
    for number, line in enumerate(lines, first):
        if line.strip():
            try:
                found = decode(line.strip(), nesting)
            except BadInput as bad:
                reason = re.sub(r"^line 1: ", "", str(bad)).replace("at line 1, column", "at column")
                reason = reason.replace("a body must", "a record must")
                raise refuse("SF302", f"{name}:{number}: {reason}", _LOOK.format(line=_shown(line))) from None
            yield found if line.lstrip().startswith(b"[") else found[0]


_LOOK = "each line holds one JSON object or array; this one is {line}"


def _shown(line: bytes) -> str:
    text = line.decode(errors="replace").strip()
    return text if len(text) <= 100 else text[:100] + "..."


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(name)


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(text)
    return number


def _whole(text: str) -> int:
    _finite(text)
    return int(text)


_plain = json.JSONDecoder(parse_constant=_refuse_constant).decode
_watchful = json.JSONDecoder(parse_constant=_refuse_constant, parse_float=_finite, parse_int=_whole).decode
