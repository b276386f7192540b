"""What windows of every kind share: opening, closing with a result, rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, NotRequired, TypedDict

from streamflow_runtime.codec import loads
from streamflow_runtime.isolation import copy_of
from streamflow_runtime.kept import Kept
from streamflow_runtime.keys import check_room, id_part
from streamflow_runtime.packet import Packet, Window
from streamflow_runtime.stage import Row, Source, Stage

if TYPE_CHECKING:
    from streamflow_runtime.accumulated import Accumulating
    from streamflow_runtime.kernel import Kernel

Result = Callable[[list[Packet], Window], Any]


class Settings(TypedDict):
    """What windows of every kind are made with."""

    result: Result
    after: Callable[[Packet], None]
    keyed: NotRequired[bool]
    mutates: NotRequired[bool]
    contents: NotRequired[Accumulating | None]


class Windows(Stage):
    """The open windows of a node.

    `result(packets, window)` is the user's function (`mutates`: it may change the packets' data);
    `contents` makes what windows hold instead of packets; then `result(accumulators, window)`.
    `after(packet)` is what follows the node. Packets that come to a `keyed` node are its own, and get their key here.
    """

    kept: type[Kept] = Kept
    numbers = True

    def __init__(
        self,
        kernel: Kernel,
        name: str,
        upstream: Sequence[Source | Stage],
        result: Result,
        after: Callable[[Packet], None],
        keyed: bool = False,
        mutates: bool = False,
        contents: Accumulating | None = None,
    ) -> None:
        super().__init__(kernel, name, upstream)
        self.contents = contents
        self.result, self.after, self.keyed, self.mutates = result, after, keyed, mutates
        self.entered = 0
        self.changed: dict[int, Kept] = {}  # open windows with packets that are not durable, by `order`
        self.closed: list[Kept] = []  # closed windows with rows that still are
        self.inside: dict[Any, int] = {}  # how many open windows each key has

    def opened(self, key: Any, window: str, start: int, end: int) -> Any:
        """A window that is entered for the first time. Raises ValueError for a key too many."""
        windows = self.inside.get(key, 0)
        if not windows:
            check_room(self.kernel, self.name, len(self.inside), "shorter windows hold fewer")
        self.inside[key] = windows + 1
        self.entered += 1
        kept = self.kept(key, window, self.entered, start, end)
        if self.contents is not None:
            kept.packets = self.contents.fresh()
        return kept

    def touch(self, kept: Kept) -> None:
        """A window has packets, or facts about it, that are not durable."""
        if not kept.changed:
            kept.changed = True
            self.changed[kept.order] = kept

    def forget(self, kept: Kept) -> None:
        """A window is no longer open."""
        self._leave(kept.key)
        if kept.changed:
            del self.changed[kept.order]
        if kept.saved >= 0:
            self.closed.append(kept)

    def close(self, kept: Kept, start: int, end: int, time: int, ordinal: int = 0) -> None:
        """Send the result of a window and forget it. `ordinal` ends its id."""
        self.forget(kept)
        self.send(kept, start, end, time, ordinal)

    def send(self, kept: Kept, start: int, end: int, time: int, ordinal: int = 0, revision: int = 0) -> bool:
        """Work out the result of a window and send it. False where there was none: no packets, or None."""
        if not kept.packets:
            return False
        result = Packet(None, time, self.name, f"{id_part(kept.key)}:{start}:{end}:{ordinal}", "", {})
        window = Window(kept.key, start / 1000, end / 1000)
        result.key, result.revision = kept.key, revision
        try:
            packets = kept.in_order() if self.contents is None else kept.packets.held
        except Exception as error:
            self.lose(result, window, len(kept.packets), error)
            return True
        return self.deliver(result, window, packets, len(kept.packets))

    def deliver(self, result: Packet, window: Window, packets: list[Any], count: int) -> bool:
        """Work out the data of a result from packets, or accumulators, and send it. False where that is None."""
        result.window = window
        if self.mutates:
            packets = [packet.derive(copy_of(packet.data)).isolated() for packet in packets]
        try:
            result.data = self.data_of(result, self.result(packets, window))
        except Exception as error:
            self.lose(result, window, count, error)
            return True
        if result.data is None:
            return False
        self.kernel.counts[self.name] += 1
        self.after(result)
        return True

    def lose(self, result: Packet, window: Window, count: int, error: Exception) -> None:
        """A result could not be worked out; its packets stay."""
        result.window = window
        result.data = {"key": window.key, "start": window.start, "end": window.end, "count": count}
        self.kernel.fail(self.name, error, result)

    def data_of(self, result: Packet, value: Any) -> Any:
        """The data of a result for which the function gave `value`."""
        return value

    def open_windows(self) -> Iterable[Kept]:
        """All open windows."""
        raise NotImplementedError

    def reopen(self, kept: Any) -> None:
        """Take over an open window that was saved."""
        raise NotImplementedError

    def changes(self) -> Iterator[Row]:
        gone = set(map(id, self.closed))
        for kept in self.closed:
            yield from kept.gone(self.name)
        for kept in list(self.changed.values()):
            if id(kept) not in gone:
                yield from self._changes_of(kept)
        self.closed.clear()
        self.changed.clear()

    def _changes_of(self, kept: Kept) -> Iterator[Row]:
        if self.contents is not None:
            return self.contents.changes(kept, self.name)
        return kept.changes(self.name, self._refused)

    def _refused(self, error: Exception, packet: Packet) -> None:
        self.kernel.fail(self.name, error, packet)

    def rows(self) -> Iterator[Row]:
        for kept in self.open_windows():
            if self.contents is None:
                yield from kept.rows(self.name, self._refused)
            else:
                yield from self.contents.rows(kept, self.name)

    def load(self, rows: Iterable[tuple[str, str, int, Any]]) -> None:
        parts: dict[tuple[str, str], list[Any]] = {}
        for key, window, _, value in sorted(rows, key=lambda row: row[:3]):
            parts.setdefault((key, window), []).append(value)
        found = []
        for (key, window), (header, *packets) in parts.items():
            kept = self.kept(loads(key), window, *header)
            if self.contents is None:
                kept.take_over(packets)
            else:
                self.contents.take_over(kept, packets)
            found.append(kept)
        for kept in sorted(found, key=lambda kept: kept.order):
            self.entered = max(self.entered, kept.order)
            self.inside[kept.key] = self.inside.get(kept.key, 0) + 1
            self.reopen(kept)

    def _leave(self, key: Any) -> None:
        """A window of a key is no longer open."""
        windows = self.inside[key] - 1
        if windows:
            self.inside[key] = windows
        else:
            del self.inside[key]
