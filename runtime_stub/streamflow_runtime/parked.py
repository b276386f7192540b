"""Packets parked at an asynchronous node while the host makes their calls."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any, ClassVar

from streamflow_runtime.codec import packet_of, packet_row, row_text
from streamflow_runtime.failure import KeptError, kept
from streamflow_runtime.holding import Holding
from streamflow_runtime.isolation import copy_of
from streamflow_runtime.numbered_rows import changed_rows
from streamflow_runtime.packet import Packet
from streamflow_runtime.stage import Row, Source, Stage

if TYPE_CHECKING:
    from streamflow_runtime.kernel import Kernel


class Call:
    """One parked packet whose call may run now. `timeout` in seconds, of one try."""

    def __init__(self, node: Parked, number: int, packet: Packet) -> None:
        self.id = f"{node.name}:{number}"
        self.node = node.name
        self.timeout = None if node.timeout is None else node.timeout / 1000
        self.packet = packet
        self._function = node.function

    @property
    def data(self) -> Any:
        """What the user's function is called with."""
        return self.packet.data

    def run(self) -> Awaitable[Any]:
        """The user's coroutine; its result goes to `kernel.resolve`."""
        return self._function(self.packet.derive(copy_of(self.packet.data)).isolated())

    def __repr__(self) -> str:
        return f"Call({self.id!r}, {self.data!r})"


class Parked(Holding):
    """An asynchronous node: packets wait here, in arrival order, until `resolve` hands back their result.

    `function(packet)` gives the awaitable of the user's function. `ordered`: results leave in arrival order, per key
    where packets have one.
    """

    numbers = True
    younger = 1
    call: ClassVar[type[Call]] = Call

    def __init__(
        self,
        kernel: Kernel,
        name: str,
        upstream: Sequence[Source | Stage],
        function: Callable[[Any], Awaitable[Any]],
        after: Callable[[Packet], None],
        concurrency: int = 16,
        ordered: bool = True,
        timeout: int | None = None,
    ) -> None:
        super().__init__(kernel, name, upstream)
        self.function, self.after = function, after
        self.concurrency, self.ordered, self.timeout = concurrency, ordered, timeout
        self.waiting = {}
        self.open: OrderedDict[int, None] = OrderedDict()  # those without a result, in arrival order
        self.lines: dict[Any, deque[int]] = {}  # by key, where results leave in order
        self.results: dict[int, tuple[Any, BaseException | None]] = {}
        self.changed: set[int] = set()
        self.saved: set[int] = set()

    def park(self, packet: Packet) -> None:
        """The packet waits here from now on."""
        self.let_wait()
        self.changed.add(self.arrived)
        self._add(self.arrived, packet)
        self.arrived += 1

    def pending(self) -> list[Call]:
        """The calls that may run now: the first `concurrency` without a result."""
        return [self.call(self, number, self.waiting[number]) for number in self._running()]

    def resolve(self, number: int, value: Any, error: BaseException | None) -> None:
        """Keep a result and let go what may leave. Raises KeyError for a call that is not pending."""
        if not self._is_made(number):
            raise KeyError(f"{self.name}:{number}")
        del self.open[number]
        self.results[number] = value, error
        self.changed.add(number)
        if self.ordered:
            self._release_line(self.waiting[number].key)
        else:
            self._release(number)

    def idle(self) -> list[int]:
        """The packets whose calls are not under way, in arrival order."""
        return list(islice(self.open, self.concurrency, None))

    def drop(self, number: int) -> None:
        """A packet waits no longer, and nothing comes of it."""
        self._remove(number)

    def send(self, packet: Packet, value: Any) -> None:
        """What a result makes of its packet goes on."""
        if value is not None:
            self.kernel.counts[self.name] += 1
            self.after(packet.derive(value, f"/{self.name}:0"))

    def fail(self, number: int, error: BaseException, packet: Packet) -> None:
        """A packet's call failed for good."""
        self.kernel.fail(self.name, error, packet)

    def fields(self, number: int) -> list[Any]:
        """A packet that waits, for its row."""
        return packet_row(self.waiting[number])

    def take_over(self, number: int, fields: list[Any]) -> None:
        """The packet that `fields` described waits here again."""
        self._add(number, packet_of(fields))

    def _is_made(self, number: int) -> bool:
        return number in self._running()

    def _running(self) -> Iterator[int]:
        return islice(self.open, self.concurrency)

    def _release_line(self, key: Any) -> None:
        """Those at the head of a line whose results are there."""
        line = self.lines.get(key)
        while line and line[0] in self.results:
            self._release(line[0])

    def _release(self, number: int) -> None:
        """The packet goes on before its hold on the watermark ends."""
        packet = self.waiting[number]
        value, error = self.results[number]
        if error is not None:
            self.fail(number, error, packet)
        else:
            self.send(packet, value)
        self._remove(number)
        self.kernel.fire()

    def _add(self, number: int, packet: Packet) -> None:
        self.waiting[number] = packet
        self.open[number] = None
        self.hold(number, packet)
        if self.ordered:
            self.lines.setdefault(packet.key, deque()).append(number)

    def _remove(self, number: int) -> None:
        packet = self.waiting.pop(number)
        self.open.pop(number, None)
        self.results.pop(number, None)
        self.changed.add(number)
        if self.ordered:
            line = self.lines[packet.key]
            line.remove(number)
            if not line:
                del self.lines[packet.key]

    def changes(self) -> Iterator[Row]:
        return changed_rows(self.name, self.changed, self.saved, self.waiting, self._row)

    def rows(self) -> Iterator[Row]:
        numbers = list(self.waiting)
        return (row for number in numbers if number in self.waiting and (row := self._row(number)) is not None)

    def load(self, rows: Iterable[tuple[str, str, int, Any]]) -> None:
        for _, _, number, (result, *fields) in sorted(rows, key=lambda row: row[2]):
            self.take_over(number, fields)
            self.saved.add(number)
            if result is not None:
                value, error = result
                del self.open[number]
                self.results[number] = value, None if error is None else KeptError(*error)

    def _row(self, number: int) -> Row | None:
        """The row of a parked packet; one that can't be kept fails, and has none."""
        result: list[Any] | None = None
        packet = self.waiting[number]
        if number in self.results:
            value, error = self.results[number]
            result = [value, None if error is None else kept(error)]
        try:
            return self.name, "", "", number, row_text([result, *self.fields(number)])
        except (TypeError, ValueError, RecursionError) as refusal:
            self._remove(number)
            self.kernel.fail(self.name, refusal, packet)
            self.kernel.fire()
            self._release_line(packet.key)
            return None
