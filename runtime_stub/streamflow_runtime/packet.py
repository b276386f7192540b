"""A packet: one value on its way through the graph, with its event time and where it comes from."""

from __future__ import annotations

from typing import Any, NamedTuple

from streamflow_runtime.isolation import copy_of


class Window(NamedTuple):
    """The key and the bounds (seconds) of the window that a result covers."""

    key: Any
    start: float
    end: float


class Packet:
    """One value. `time` is its event time in whole milliseconds; users read `timestamp`, in seconds.

    `origin` and `path` make up the id: `source:origin/transform:0/...`. They are joined only when somebody asks.
    """

    key: Any = None
    window: Window | None = None
    revision: int | None = None
    values: tuple[Any, ...] = ()  # what it adds to a window of `aggregates=`
    arrival: int = 0  # its place among the packets of such a node

    def __init__(
        self, data: Any, time: int, source: str, origin: int | str, path: str, metadata: dict[str, Any]
    ) -> None:
        self.data = data
        self.time = time
        self.source = source
        self.origin = origin
        self.path = path
        self.metadata = metadata

    @property
    def timestamp(self) -> float:
        """Event time in seconds since the epoch."""
        return self.time / 1000

    @property
    def id(self) -> str:
        """`source:n`, with `/node:index` for every node that made a new packet of it."""
        return f"{self.source}:{self.origin}{self.path}"

    def derive(self, data: Any, path: str = "") -> Packet:
        """The packet that a node makes of this one: other data, everything else as it was."""
        derived = Packet(data, self.time, self.source, self.origin, self.path + path, self.metadata)
        if self.key is not None:
            derived.key = self.key
        if self.window is not None:
            derived.window, derived.revision = self.window, self.revision
        return derived

    def isolated(self) -> Packet:
        """A copy that may be changed down to its metadata; the data is not copied here."""
        derived = self.derive(self.data)
        derived.metadata = copy_of(self.metadata)
        return derived

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Packet) and self._fields() == other._fields()

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"Packet({self.data!r}, timestamp={self.timestamp}, id={self.id!r}, key={self.key!r})"

    def _fields(self) -> tuple[Any, ...]:
        return self.data, self.time, self.id, self.key, self.source, self.metadata, self.window, self.revision
