"""Calling the user's functions: every call gets data of its own, and the packet where the function asks for it."""

from __future__ import annotations

import inspect
import json
import math
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

from reference.packet import Packet, Window, copied, milliseconds

_SCALARS = (str, int, float, bool, type(None))
_LARGEST_TIMESTAMP = 1e11
_LIBRARY = str(Path(json.__file__).parents[1])


def call(function: Callable[..., Any], packet: Packet, *before: Any) -> Any:
    """`function(*before, data)`; the packet too for a function with one required parameter more."""
    own = packet.copy()
    more = (own,) if _wants_one_more(function, len(before) + 1) else ()
    return function(*before, own.data, *more)


def call_aggregate(function: Callable[..., Any], packets: list[Packet], window: Window) -> Any:
    """`function(packets)` or `function(packets, window)`."""
    own = [packet.copy() for packet in packets]
    return function(own, window) if _wants_one_more(function, 1) else function(own)


def call_assigner(function: Callable[..., Any], packet: Packet) -> Any:
    """`function(packet)`, or `function(packet, packet)`, for the rule of one parameter more holds here too."""
    own = packet.copy()
    return function(own, own) if _wants_one_more(function, 1) else function(own)


def call_join(function: Callable[..., Any], left: Packet | None, right: Packet | None) -> Any:
    """`function(left, right)` or `function(left, right, packet)`; the packet is right's only where left is missing."""
    own = [None if packet is None else packet.copy() for packet in (left, right)]
    values = [None if packet is None else packet.data for packet in own]
    return function(*values, own[0] or own[1]) if _wants_one_more(function, 2) else function(*values)


def pick(where: Any, packet: Packet) -> Any:
    """The value that a field name, a dotted path, a tuple of them or a function names."""
    if callable(where):
        return call(where, packet)
    if isinstance(where, tuple):
        return tuple(pick(name, packet) for name in where)
    if "." not in where or (isinstance(packet.data, dict) and where in packet.data):
        return copied(packet.data[where])
    value = packet.data
    for name in where.split("."):
        if not isinstance(value, dict) or name not in value:
            raise KeyError(where)
        value = value[name]
    return copied(value)


def key_of(where: Any, packet: Packet) -> Any:
    """The key: a scalar or a tuple of scalars, else TypeError."""
    key = pick(where, packet)
    parts = key if isinstance(key, tuple) else (key,)
    if not all(isinstance(part, _SCALARS) for part in parts):
        raise TypeError(f"a key must be a scalar or a tuple of scalars, not {type(key).__name__}")
    size = sum(len(part.encode("utf-8", "surrogatepass")) for part in parts if isinstance(part, str))
    if size > 1024:
        raise ValueError(f"a key of {size} bytes")
    return key


def timestamp_of(where: Any, packet: Packet) -> int:
    """Event time in whole milliseconds. Raises anything at all if there is none."""
    value = pick(where, packet)
    if isinstance(value, str):
        value = datetime.fromisoformat(value)
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise ValueError("no offset")
        value = value.timestamp()
    if isinstance(value, (Decimal, Fraction)):
        value = largest_float_up_to(value)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ValueError("not a timestamp")
    if not math.isfinite(value) or abs(value) > _LARGEST_TIMESTAMP:
        raise ValueError("not seconds since 1970")
    return milliseconds(value)


def largest_float_up_to(value: Decimal | Fraction) -> float:
    """Numbers that are finer than floats are rounded down."""
    near = float(value)
    return math.nextafter(near, -math.inf) if near > value else near


def line_of(error: BaseException, function: Callable[..., Any] | None, place: int) -> int | None:
    """The innermost line of the user's file that `error` came through.

    A function of Python's own, such as `json.dumps`, has none but the line where the node stands, which is `place`.
    """
    code = getattr(function, "__code__", None)
    if code is not None and code.co_filename.startswith(_LIBRARY):
        return place
    line = None
    traceback = error.__traceback__
    while traceback is not None and code is not None:
        if traceback.tb_frame.f_code.co_filename == code.co_filename:
            line = traceback.tb_lineno
        traceback = traceback.tb_next
    return line


def _wants_one_more(function: Callable[..., Any], listed: int) -> bool:
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return False
    positional = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    required = [p for p in parameters if p.kind in positional and p.default is inspect.Parameter.empty]
    return len(required) == listed + 1
