"""What has a watermark: the sources, and the nodes where packets wait. All times are whole milliseconds."""

from __future__ import annotations

from collections.abc import Awaitable, Iterable, Iterator, Sequence
from math import inf
from operator import length_hint
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

if TYPE_CHECKING:
    from streamflow_runtime.kernel import Kernel

Row = tuple[str, str, str, int, str | None]  # node, key, window, part, JSON text (None: the row is gone)


class Call(Protocol):
    """A parked packet whose call may run now. `timeout` is in seconds, of one try."""

    id: str
    node: str
    timeout: float | None

    @property
    def data(self) -> Any:
        """What the user's function is called with."""

    def run(self) -> Awaitable[Any]:
        """The user's coroutine; its result goes to `kernel.resolve`."""


class Source:
    """A source: what it has admitted, and its watermark.

    `high` is its largest timestamp, or the clock; a packet of event time `due` or more may make a window fire.
    """

    next: int | None = None  # when a timer ticks
    lag = 0

    def __init__(self, name: str, out_of_orderness: int | None = None) -> None:
        self.name = name
        self.out_of_orderness = out_of_orderness  # None: arrival time
        self.admitted = 0
        self.high: float = -inf
        self.due: float = inf

    @property
    def delays(self) -> dict[Source, int]:
        """The sources behind it: itself, without delay."""
        return {self: 0}

    @property
    def by_clock(self) -> bool:
        """Whether its watermark is the clock."""
        return self.out_of_orderness is None

    @property
    def watermark(self) -> float:
        """The largest timestamp, or the clock, less the bound of disorder."""
        return self.high - (self.out_of_orderness or 0)

    @property
    def potential(self) -> float:
        """Its watermark: nothing has to fire before."""
        return self.watermark

    def held(self, watermark: float) -> float:
        """The watermark that leaves it."""
        return watermark

    def number(self, batch: list[Any], rest: Iterator[Any]) -> int:
        """Which packet it is that a loop over a batch took last; `rest` is still to come."""
        return self.admitted + len(batch) - length_hint(rest) - 1

    def look_out(self, end: float) -> None:
        """A window behind this source ends at `end`."""
        if self.out_of_orderness is not None and self.watermark < end:
            self.due = min(self.due, end + self.out_of_orderness)

    def see(self, clock: int) -> None:
        """The clock has moved."""
        if self.by_clock and clock > self.high:
            self.high = clock

    def start(self, clock: int) -> None:
        """The kernel's first moment."""

    def skip_missed(self, clock: int) -> None:
        """Downtime is over."""

    def tick(self) -> list[Any]:
        """The data of a timer's tick."""
        return []

    def clocks(self) -> list[Any]:
        """What is state about it."""
        return [self.admitted, self.high]

    def set_clocks(self, clocks: list[Any]) -> None:
        """Take over what `clocks` gave."""
        self.admitted, self.high = clocks[:2]


class Stage:
    """A node that keeps packets. `upstream` are the nearest sources and stages that feed it.

    `lag`: how far its output watermark stays behind its own, in ms. `delays` are the lags between it and each source
    behind it, the longest way counting; an end is reached at its inputs when the sources are that much further.
    """

    numbers: ClassVar[bool] = False  # the packets that come
    younger: ClassVar[int] = 0  # how many of its clocks, the last ones, states of older versions lack
    parks: ClassVar[bool] = False  # packets wait here, in `waiting`
    lag: int = 0
    next_end: float = inf  # no open window ends before this
    waiting: dict[int, Any] = {}  # noqa: RUF012  parked packets: none but in a stage that has them

    def __init__(self, kernel: Kernel, name: str, upstream: Sequence[Source | Stage]) -> None:
        self.kernel = kernel
        self.name = name
        self.upstream = upstream
        self.delays: dict[Source, int] = {}
        for one in upstream:
            for root, delay in one.delays.items():
                self.delays[root] = max(self.delays.get(root, 0), delay + one.lag)
        self.delay = max(self.delays.values(), default=0)
        self.clock_delays = {delay for root, delay in self.delays.items() if root.by_clock}
        self.arrived = 0
        self.watermark: float = -inf
        self.potential: float = -inf  # the watermark once everything due has fired

    def inputs(self) -> float:
        """The smallest watermark of its inputs."""
        return min([one.held(one.watermark) for one in self.upstream])

    def held(self, watermark: float) -> float:
        """The watermark that leaves it when its own is `watermark`."""
        return watermark - self.lag

    def first_end(self) -> float:
        """The smallest end of an open window; `next_end` may lag behind it."""
        return self.next_end

    def fire(self, end: float) -> None:
        """Close, by ascending end, there in the order in which keys entered, what ends at or before `end`."""

    def wakes_at(self) -> float:
        """The moment of the clock at which `wake` is to be called."""
        return inf

    def wake(self, moment: int) -> None:
        """That moment has come; nothing else has happened at it yet."""

    def parked_until(self) -> float:
        """The moment at which a packet that waits for time alone goes on."""
        return inf

    def next_moment(self, clock: float) -> float:
        """The first end after `clock`."""
        return inf

    def pending(self) -> Sequence[Call]:
        """Parked calls that may run now."""
        return ()

    def resolve(self, number: int, value: Any, error: BaseException | None) -> None:
        """The result of a parked call. Raises KeyError where that call is not pending."""
        raise KeyError(f"{self.name}:{number}")

    def changes(self) -> Iterator[Row]:
        """Rows that changed since the last call."""
        return iter(())

    def rows(self) -> Iterator[Row]:
        """All rows."""
        return iter(())

    def load(self, rows: Iterable[tuple[str, str, int, Any]]) -> None:
        """Take over the rows (key, window, part, value) that `changes` or `rows` gave."""

    def clocks(self) -> list[Any]:
        """What is state about it beside its rows."""
        return [self.watermark, self.arrived] if self.numbers else [self.watermark]

    def set_clocks(self, clocks: list[Any]) -> None:
        """Take over what `clocks` gave."""
        self.watermark = self.potential = clocks[0]
        if self.numbers:
            self.arrived = clocks[1]
