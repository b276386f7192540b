"""What the reference interpreter handles: packets, windows, failures and parked calls."""

from __future__ import annotations

import math
from collections.abc import Coroutine
from copy import deepcopy
from dataclasses import dataclass, field, replace
from typing import Any, Protocol


@dataclass(frozen=True)
class Window:
    """Bounds in seconds, `[start, end)`; of a count window the first and the last timestamp."""

    key: Any
    start: float
    end: float


@dataclass
class Packet:
    """One value on its way; `timestamp` in seconds."""

    data: Any
    timestamp: float
    id: str
    key: Any = None
    source: str = ""
    metadata: dict[str, Any] = field(default_factory=dict)
    window: Window | None = None
    revision: int | None = None

    def copy(self) -> Packet:
        """The same packet with data and metadata of its own."""
        return replace(self, data=copied(self.data), metadata=copied(self.metadata))


@dataclass
class Failure:
    """A user's function raised and no `error` edge took it; `data` is what the node had received."""

    node: str
    error: str
    type: str
    exception: BaseException
    line: int | None
    file: str | None
    data: Any
    packet: Packet
    attempts: int = 1


class _Running(Protocol):
    def __call__(self) -> Coroutine[Any, Any, Any]: ...


@dataclass
class Call:
    """An asynchronous call that may run now: `await call.run()` runs the user's coroutine."""

    id: str
    node: str
    data: Any
    run: _Running


@dataclass
class Question(Call):
    """A call that asks somebody else what belongs to a key."""

    key: Any


def copied(value: Any) -> Any:
    """The value as a tree: what stands in it twice is two things in the copy."""
    if type(value) is dict:
        return {copied(key): copied(item) for key, item in value.items()}
    if type(value) in (list, tuple):
        return type(value)(copied(item) for item in value)
    return deepcopy(value)


def milliseconds(seconds: float) -> int:
    """Whole milliseconds, half up."""
    return math.floor(seconds * 1000 + 0.5)


def seconds(milliseconds: float) -> float:
    """Seconds as users see them."""
    return milliseconds / 1000
