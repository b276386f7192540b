"""Bytes that come in, checked and decoded: one JSON object, an array of records, or NDJSON."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable
from typing import Any, NoReturn

_STRING = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"', re.DOTALL)
_NOUGHTS = bytes.maketrans(b"123456789E", b"000000000e")
_HUGE = (b"e000", b"e+000", b"0" * 308)  # what a number beyond a double has in it, its digits made noughts
_BRACKETS = bytes.maketrans(b"{}", b"[]")
_OTHERS = bytes(byte for byte in range(256) if byte not in b"[]{}")


Decoder = Callable[[bytes, int], list[Any]]


class BadInput(ValueError):
    """Bytes that don't parse: nothing of the batch is processed."""


def decode(body: bytes, nesting: int = 64) -> list[Any]:
    """The records of a body, in order. Raises BadInput for anything but an object, an array or NDJSON."""
    check_nesting(body, nesting)
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise BadInput(f"not UTF-8: byte {error.start}") from None
    if text.startswith("\ufeff"):
        raise BadInput("starts with a byte order mark")
    decoder = _WATCHFUL if may_be_huge(body) else _PLAIN
    try:
        value = decoder.decode(text)
    except json.JSONDecodeError as error:
        if not error.msg.startswith("Extra data"):
            raise BadInput(_message(error)) from None
        return _lines(text, decoder)
    return value if isinstance(value, list) else [_record(value, "a body")]


def decoder_of(kernel: Any, source: str) -> Decoder:
    """What gives the records of a source's bytes: `decode` unless the source has another format."""
    decoder: Decoder = kernel.decoders.get(source, decode)
    return decoder


def check_nesting(body: bytes, nesting: int) -> None:
    """Raises BadInput where values nest deeper than `nesting`: a decoder must never meet them."""
    if _deeper(body.translate(_BRACKETS, _OTHERS), nesting):
        without_text = _STRING.sub(b"", body)
        if _deeper(without_text.translate(_BRACKETS, _OTHERS), nesting):
            raise BadInput(f"values nest deeper than {nesting} levels")


def _deeper(brackets: bytes, levels: int) -> bool:
    """Whether pairs remain after taking away the innermost ones `levels` times."""
    while brackets and levels:
        shorter = brackets.replace(b"[]", b"")
        if len(shorter) == len(brackets):
            return brackets.count(b"[") > levels
        brackets, levels = shorter, levels - 1
    return bool(brackets)


def may_be_huge(body: bytes) -> bool:
    """Whether there may be a number that a double can't hold."""
    noughts = body.translate(_NOUGHTS)
    return any(sign in noughts for sign in _HUGE)


def _lines(text: str, decoder: json.JSONDecoder) -> list[Any]:
    records = []
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            try:
                records.append(_record(decoder.decode(line), f"line {number}"))
            except json.JSONDecodeError as error:
                raise BadInput(f"line {number}: {error.msg} at column {error.colno}") from None
    return records


def _record(value: Any, where: str) -> Any:
    if not isinstance(value, (dict, list)):
        raise BadInput(f"{where} must be an object or an array, not {json.dumps(value)[:40]}")
    return value


def _refuse_constant(name: str) -> NoReturn:
    raise BadInput(f"{name} is not JSON")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise BadInput(f"{text[:40]} is beyond a double")
    return number


def _whole(text: str) -> int:
    if len(text) > 309 or not math.isfinite(float(text)):
        raise BadInput(f"{text[:40]}... is beyond a double")
    return int(text)


def _message(error: json.JSONDecodeError) -> str:
    return f"{error.msg} at line {error.lineno}, column {error.colno}"


_PLAIN = json.JSONDecoder(parse_constant=_refuse_constant)
_WATCHFUL = json.JSONDecoder(parse_constant=_refuse_constant, parse_float=_finite, parse_int=_whole)
