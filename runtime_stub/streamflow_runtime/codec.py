"""State as JSON text: maps with other keys than text, tuples, bytes, sets, dates and infinities are tagged."""

from __future__ import annotations

import base64
import json
import math
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from streamflow_runtime.packet import Packet, Window

LARGEST_ROW = 1_000_000  # bytes; the platform takes 2 MB a row
_PLAIN = frozenset((str, int, bool, type(None)))
_encode = json.JSONEncoder(separators=(",", ":")).encode
_DATES: dict[str, Any] = {"datetime": datetime, "date": date, "time": time}


def dumps(value: Any) -> str:
    """JSON text of a state value. Raises TypeError ("state must be ...") for what can't be kept."""
    return _encode(tagged(value))


def row_text(value: Any) -> str:
    """The same for what must fit a row of the state: at most 1 MB. Raises ValueError where it does not."""
    text = dumps(value)
    if len(text) > LARGEST_ROW:
        raise ValueError("state must be at most 1 MB a packet")
    return text


def loads(text: str) -> Any:
    """The value that `dumps` wrote."""
    return untagged(json.loads(text))


def packet_row(packet: Packet) -> list[Any]:
    """A packet as a list for `dumps`."""
    window = packet.window
    return [
        packet.data,
        packet.time,
        packet.source,
        packet.origin,
        packet.path,
        packet.metadata,
        packet.key,
        None if window is None else [*window],
        packet.revision,
    ]


def packet_of(row: list[Any]) -> Packet:
    """The packet that `packet_row` described."""
    *fields, key, window, revision = row
    packet = Packet(*fields)
    packet.key, packet.revision = key, revision
    packet.window = None if window is None else Window(*window)
    return packet


def tagged(value: Any) -> Any:
    """The value as JSON can hold it."""
    kind = type(value)
    if kind in _PLAIN:
        return value
    if kind is float:
        return value if math.isfinite(value) else {"$": "float", "v": repr(value)}
    if kind is dict:
        if all(type(key) is str for key in value) and "$" not in value:
            return {key: item if type(item) in _PLAIN else tagged(item) for key, item in value.items()}
        return {"$": "map", "v": [[tagged(key), tagged(item)] for key, item in value.items()]}
    if kind is list:
        return [item if type(item) in _PLAIN else tagged(item) for item in value]
    return _tagged_rare(value, kind)


def _tagged_rare(value: Any, kind: type) -> Any:
    if kind is tuple:
        return {"$": "tuple", "v": [tagged(item) for item in value]}
    if kind is bytes:
        return {"$": "bytes", "v": base64.b64encode(value).decode()}
    if kind in (set, frozenset):
        return {"$": kind.__name__, "v": [tagged(item) for item in value]}
    if kind in (datetime, date, time):
        return {"$": kind.__name__, "v": value.isoformat()}
    if kind is timedelta:
        return {"$": "timedelta", "v": [value.days, value.seconds, value.microseconds]}
    if kind is Decimal:
        return {"$": "decimal", "v": str(value)}
    raise TypeError(f"state must be made of JSON values, tuples, bytes, sets, dates and decimals, not {kind.__name__}")


def untagged(value: Any) -> Any:
    """The value that `tagged` described."""
    if type(value) is list:
        return [untagged(item) for item in value]
    if type(value) is not dict:
        return value
    tag = value.get("$")
    if tag is None:
        return {key: untagged(item) for key, item in value.items()}
    inner = value["v"]
    if tag == "map":
        return {untagged(key): untagged(item) for key, item in inner}
    if tag in ("tuple", "set", "frozenset"):
        return {"tuple": tuple, "set": set, "frozenset": frozenset}[tag](untagged(item) for item in inner)
    if tag == "bytes":
        return base64.b64decode(inner)
    if tag == "float":
        return float(inner)
    if tag == "decimal":
        return Decimal(inner)
    return timedelta(*inner) if tag == "timedelta" else _DATES[tag].fromisoformat(inner)
