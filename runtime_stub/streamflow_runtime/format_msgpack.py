"""MessagePack: any JSON value, and bytes, as bytes."""

from __future__ import annotations

import struct
from typing import Any

from streamflow_runtime.formats import bytes_of, read

_SCALARS = {0xC0: None, 0xC2: False, 0xC3: True}
_NUMBERS = {  # what follows the first byte
    0xCA: ">f", 0xCB: ">d", 0xCC: ">B", 0xCD: ">H", 0xCE: ">I", 0xCF: ">Q", 0xD0: ">b", 0xD1: ">h",
    0xD2: ">i", 0xD3: ">q",
}  # fmt: skip
_SIZES = {  # of what kind, and how its length is written
    0xC4: ("bytes", ">B"), 0xC5: ("bytes", ">H"), 0xC6: ("bytes", ">I"),
    0xD9: ("text", ">B"), 0xDA: ("text", ">H"), 0xDB: ("text", ">I"),
    0xDC: ("array", ">H"), 0xDD: ("array", ">I"), 0xDE: ("map", ">H"), 0xDF: ("map", ">I"),
}  # fmt: skip


def from_msgpack(data: Any, nesting: int) -> Any:
    """The one value of the bytes. Raises ValueError for extension types, map keys that are no text, and NaN."""
    reader = _Reader(bytes_of(data))
    try:
        value = reader.value(nesting)
    except (IndexError, struct.error):
        raise ValueError("the bytes end too early") from None
    if reader.at != len(reader.body):
        raise ValueError(f"the value ends at byte {reader.at} of {len(reader.body)}")
    return value


def to_msgpack(value: Any) -> bytes:
    """The value in the shortest form of each part. Raises ValueError or TypeError for what it can't hold."""
    out = bytearray()
    _write(value, out)
    return bytes(out)


def msgpack_records(body: bytes, nesting: int) -> list[Any]:
    """The elements of an array, or the one value, of a source's body. Raises BadInput."""
    value: Any = read(from_msgpack, body, nesting)
    return value if isinstance(value, list) else [value]


class _Reader:
    def __init__(self, body: bytes) -> None:
        self.body = body
        self.at = 0

    def value(self, nesting: int) -> Any:
        first = self.body[self.at]
        self.at += 1
        if first < 0x80:
            return first
        if first >= 0xE0:
            return first - 0x100
        if first in _SCALARS:
            return _SCALARS[first]
        if first in _NUMBERS:
            number = self.number(_NUMBERS[first])
            if number - number != 0:
                raise ValueError(f"{number} is no JSON value")
            return number
        kind, size = self.sized(first)
        if kind == "bytes":
            return self.taken(size)
        if kind == "text":
            return self.taken(size).decode()
        if nesting == 0:
            raise ValueError("values nest too deep")
        if size > len(self.body) - self.at:
            raise IndexError  # before room is made for so many
        if kind == "array":
            return [self.value(nesting - 1) for _ in range(size)]
        return {self.name(): self.value(nesting - 1) for _ in range(size)}

    def sized(self, first: int) -> tuple[str, int]:
        if first < 0x90:
            return "map", first & 0x0F
        if first < 0xA0:
            return "array", first & 0x0F
        if first < 0xC0:
            return "text", first & 0x1F
        if first not in _SIZES:
            raise ValueError(f"byte {self.at - 1} starts an extension type, or nothing: {first:#x}")
        kind, size = _SIZES[first]
        return kind, self.number(size)

    def name(self) -> str:
        name = self.value(0)
        if not isinstance(name, str):
            raise ValueError(f"{name!r} is the key of a map, and no text")
        return name

    def number(self, form: str) -> Any:
        (number,) = struct.unpack_from(form, self.body, self.at)
        self.at += struct.calcsize(form)
        return number

    def taken(self, size: int) -> bytes:
        if size > len(self.body) - self.at:
            raise IndexError
        self.at += size
        return self.body[self.at - size : self.at]


def _write(value: Any, out: bytearray) -> None:
    kind = type(value)
    if value is None:
        out.append(0xC0)
    elif kind is bool:
        out.append(0xC3 if value else 0xC2)
    elif kind is int:
        _write_whole(value, out)
    elif kind is float:
        if value - value != 0:
            raise ValueError(f"{value} is no JSON value")
        out += struct.pack(">Bd", 0xCB, value)
    elif kind is str:
        text = value.encode()
        _write_size(len(text), out, (0xA0, 32), (0xD9, 0xDA, 0xDB))
        out += text
    elif kind is bytes:
        _write_size(len(value), out, None, (0xC4, 0xC5, 0xC6))
        out += value
    elif kind in (list, tuple):
        _write_size(len(value), out, (0x90, 16), (None, 0xDC, 0xDD))
        for item in value:
            _write(item, out)
    elif kind is dict:
        _write_map(value, out)
    else:
        raise TypeError(f"MessagePack can't hold a {kind.__name__}")


def _write_map(value: dict[Any, Any], out: bytearray) -> None:
    _write_size(len(value), out, (0x80, 16), (None, 0xDE, 0xDF))
    for name, item in value.items():
        if not isinstance(name, str):
            raise TypeError(f"{name!r} is the key of a map, and no text")
        _write(name, out)
        _write(item, out)


def _write_whole(value: int, out: bytearray) -> None:
    if -32 <= value < 128:
        out += struct.pack(">B" if value >= 0 else ">b", value)
        return
    first, forms = (0xCC, "BHIQ") if value >= 0 else (0xD0, "bhiq")
    bits = value.bit_length() if value >= 0 else (value + 1).bit_length() + 1
    for place, form in enumerate(forms):
        if bits <= 8 << place:
            out += struct.pack(f">B{form}", first + place, value)
            return
    raise ValueError(f"{value} has more than 64 bits")


def _write_size(size: int, out: bytearray, short: tuple[int, int] | None, firsts: tuple[int | None, int, int]) -> None:
    if short is not None and size < short[1]:
        out.append(short[0] | size)
        return
    limits: tuple[tuple[str, int], ...] = (("B", 0x100), ("H", 0x10000), ("I", 0x1_0000_0000))
    for first, (form, limit) in zip(firsts, limits, strict=True):
        if first is not None and size < limit:
            out += struct.pack(f">B{form}", first, size)
            return
    raise ValueError(f"{size} is too long")
