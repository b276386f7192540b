"""What the reference interpreter remembers between two calls; a snapshot is a deep copy of it."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Any

from reference.keyed import Delayed, Remembered
from reference.packet import Packet


@dataclass
class OpenWindow:
    """Packets of a key; bounds in milliseconds, `entered` orders keys in a node.

    `fresh` packets came since the last result, `results` went out; `fired`: the watermark has reached the end; `early`:
    when the next result by `early=` is due.
    """

    key: Any
    start: int
    end: int
    packets: list[Packet]
    entered: int
    fresh: int = 0
    results: int = 0
    fired: bool = False
    early: int | None = None
    joining: list[Waiting] = field(default_factory=list)


@dataclass
class Parked:
    """A packet that waits at an asynchronous node for its result, and then for those before it."""

    number: int
    packet: Packet
    arrived: int
    resolved: bool = False
    value: Any = None
    error: BaseException | None = None
    key: Any = None
    failures: int = 0
    due: int | None = None


@dataclass
class Retrying:
    """A packet that failed at a place, or stands behind one of its key that did; `due` (ms) if it is the first."""

    place: str
    packet: Packet
    number: int
    failures: int = 0
    due: int | None = None
    over: bool = False


@dataclass
class Waiting:
    """A packet on one side of a join; `arrived` is its place in the node's order of arrival."""

    side: str
    key: Any
    packet: Packet
    arrived: int
    matched: bool = False


@dataclass
class Counts:
    """Metrics of one node."""

    processed: int = 0
    rejected: int = 0
    retries: int = 0
    dropped: Counter[str] = field(default_factory=Counter)


@dataclass
class State:
    """Times in milliseconds; dictionaries by name of node."""

    watermarks: dict[str, float]
    clock: int | None = None
    ended: bool = False
    last: dict[str, float] = field(default_factory=dict)  # watermarks that left the nodes when the input ended
    admitted: Counter[str] = field(default_factory=Counter)
    tapped: Counter[str] = field(default_factory=Counter)
    newest: dict[str, int] = field(default_factory=dict)
    sent: dict[str, float] = field(default_factory=dict)  # watermarks that had left nodes when packets came to wait
    heard: dict[str, int] = field(default_factory=dict)
    risen: dict[str, float] = field(default_factory=dict)
    ticks: Counter[str] = field(default_factory=Counter)
    next_tick: dict[str, int] = field(default_factory=dict)
    open: dict[str, list[OpenWindow]] = field(default_factory=lambda: defaultdict(list))
    entered: int = 0
    results: Counter[str] = field(default_factory=Counter)
    parked: dict[str, list[Parked]] = field(default_factory=lambda: defaultdict(list))
    retrying: dict[str, list[Retrying]] = field(default_factory=lambda: defaultdict(list))
    kept: int = 0
    stopped: tuple[str, str, BaseException] | None = None
    line: list[tuple[Any, ...]] = field(default_factory=list)
    seen: int | None = None
    joining: dict[str, list[Waiting]] = field(default_factory=lambda: defaultdict(list))
    joined: Counter[str] = field(default_factory=Counter)
    calls: Counter[str] = field(default_factory=Counter)
    arrived: int = 0
    positions: Counter[str] = field(default_factory=Counter)
    delayed: dict[str, list[Delayed]] = field(default_factory=lambda: defaultdict(list))
    remembered: dict[str, list[Remembered]] = field(default_factory=lambda: defaultdict(list))
    counts: dict[str, Counts] = field(default_factory=lambda: defaultdict(Counts))
