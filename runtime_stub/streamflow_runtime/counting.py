"""Count windows: a result at `size` packets of a key, and then at every `slide` packets more."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from math import inf
from typing import TYPE_CHECKING, Any

from streamflow_runtime.kept import Kept
from streamflow_runtime.packet import Packet
from streamflow_runtime.stage import Source, Stage
from streamflow_runtime.windows import Result, Windows

if TYPE_CHECKING:
    from streamflow_runtime.accumulated import Accumulating
    from streamflow_runtime.kernel import Kernel


class Counted(Kept):
    """The newest packets of a key. The first `held` of them have been in a result."""

    def __init__(
        self, key: Any, window: str, order: int, start: int, end: int, forgotten: int = 0, held: int = 0
    ) -> None:
        super().__init__(key, window, order, start, end)
        self.forgotten = self.deleted = forgotten
        self.held = held

    def header(self) -> list[Any]:
        return [*super().header(), self.forgotten, self.held]

    def drop(self, index: int) -> Packet:
        self.held -= index < self.held
        return super().drop(index)


class CountWindows(Windows):
    """Without `slide` each packet is in one result. `partial`: at the end of input, what no result has held is sent.

    The window of a result runs from its first to its last timestamp.
    """

    kept: type[Counted] = Counted

    def __init__(
        self,
        kernel: Kernel,
        name: str,
        upstream: Sequence[Source | Stage],
        result: Result,
        after: Callable[[Packet], None],
        size: int,
        slide: int = 0,
        partial: bool = False,
        keyed: bool = False,
        mutates: bool = False,
        contents: Accumulating | None = None,
    ) -> None:
        super().__init__(kernel, name, upstream, result, after, keyed, mutates, contents)
        self.size, self.slide, self.partial = size, slide or size, partial
        self.keys: dict[Any, Counted] = {}

    def add(self, packet: Packet, key: Any = None) -> None:
        """The packet joins its key's window, which sends a result when it is full."""
        kept = self.keys.get(key)
        if kept is None:
            kept = self.keys[key] = self.opened(key, "", 0, 0)
        # What `keep` does, without the call.
        if self.keyed:
            packet.key = kept.key
        packets = kept.packets
        packets.append(packet)
        if not kept.changed:
            kept.changed = True
            self.changed[kept.order] = kept
        if len(packets) == self.size:
            self._full(kept)

    def first_end(self) -> float:
        """The rests are due at the end of input, when everything upstream is sent: a millisecond after the oldest."""
        if not self.partial or self.potential < inf or not all(one.exhausted() for one in self.upstream):
            return inf
        return min([end for end, _, _ in self._rests()], default=inf)

    def fire(self, end: float) -> None:
        if self.first_end() <= end:
            for _, _, kept in sorted(self._rests()):
                del self.keys[kept.key]
                if kept.held:
                    kept.forget(kept.held)
                    kept.held = 0
                self._send(kept, self.close)

    def open_windows(self) -> Iterable[Counted]:
        return list(self.keys.values())

    def reopen(self, kept: Counted) -> None:
        self.keys[kept.key] = kept

    def _full(self, kept: Counted) -> None:
        if self.slide == self.size:
            del self.keys[kept.key]
            self._send(kept, self.close)
        else:
            self._send(kept, self.send)
            kept.forget(self.slide)
            kept.held = self.size - self.slide

    def _send(self, kept: Counted, send: Callable[[Kept, int, int, int, int], object]) -> None:
        first, last = self.span(kept)
        send(kept, first, last, last, self.kernel.counts[self.name])

    def _rests(self) -> list[tuple[int, int, Counted]]:
        """Windows with packets that no result has held, by the time after the last one and the order of keys."""
        rests = [kept for kept in self.keys.values() if len(kept.packets) > kept.held]
        return [(self._last(kept) + 1, kept.order, kept) for kept in rests]

    def _last(self, kept: Counted) -> int:
        """The largest timestamp of the packets that no result has held."""
        return max(one.time for one in kept.packets[kept.held :]) if kept.held else self.span(kept)[1]
