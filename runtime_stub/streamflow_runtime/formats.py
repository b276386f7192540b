"""What formats share: the text that comes in, the records and cells that go out. All raise ValueError."""

from __future__ import annotations

from collections.abc import Callable
from json import dumps
from typing import Any, TypeVar

from streamflow_runtime.decode import BadInput

T = TypeVar("T")


def bytes_of(data: Any) -> bytes:
    """Text or bytes of a format, as bytes."""
    if isinstance(data, str):
        return data.encode()
    if isinstance(data, bytes):
        return data
    raise ValueError(f"text or bytes are expected, not {kind_of(data)}: decoded data is of the format `value`")


def text_of(data: Any) -> str:
    """Text or bytes of a format, as text without a byte order mark."""
    try:
        return bytes_of(data).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(f"not UTF-8: byte {error.start}") from None


def record_of(value: Any) -> dict[str, Any]:
    """A record with at least one field."""
    if not isinstance(value, dict):
        raise ValueError(f"a record is expected, not {kind_of(value)}")
    if not value:
        raise ValueError("the record has no field")
    return value


def records_of(value: Any) -> list[dict[str, Any]]:
    """A record, or a list with at least one, as a list."""
    if isinstance(value, list) and not value:
        raise ValueError("there is no record")
    return [record_of(item) for item in (value if isinstance(value, list) else [value])]


def cell(value: Any) -> str:
    """A value as text: nothing for None, text as it is, all else as JSON."""
    if value is None:
        return ""
    return value if isinstance(value, str) else dumps(value, separators=(",", ":"), allow_nan=False)


def read(decode: Callable[..., T], body: bytes, *more: Any) -> T:
    """What a decoder makes of a source's body. Raises BadInput."""
    try:
        return decode(body, *more)
    except ValueError as error:
        raise BadInput(str(error)) from None


def kind_of(value: Any) -> str:
    """What a value is, in JSON's words."""
    return {"dict": "a record", "list": "a list", "NoneType": "null"}.get(type(value).__name__, type(value).__name__)
