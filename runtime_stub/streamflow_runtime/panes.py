"""Sliding windows that share panes: a packet adds to the one pane of its time, and a window is made of its panes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import inf
from typing import TYPE_CHECKING, Any, Unpack

from streamflow_runtime.at_once import FoundAtOnce
from streamflow_runtime.kept import Kept
from streamflow_runtime.stage import Source, Stage
from streamflow_runtime.windows import Settings

if TYPE_CHECKING:
    from streamflow_runtime.kernel import Kernel


class Pane(Kept):
    """What came to a key from `start` to before `end`; or what an older kernel kept for a whole window."""

    def __init__(self, key: Any, window: str, order: int, start: int, end: int, *state: Any) -> None:
        super().__init__(key, window, order, start, end)
        self.state = state or _OF_A_PANE

    def header(self) -> list[Any]:
        return [*super().header(), *self.state]


_OF_A_PANE = (0, 0, False, None, "pane")
"""In the header, where rows of windows have less: who takes panes for windows fails."""


class PanedWindows(FoundAtOnce):
    """`size`, `slide` and `offset` in ms; a pane is as long as a slide, which divides the size.

    A window has the key as it was spelled first, and its place among others, from the oldest of its panes.
    """

    kept = Pane

    def __init__(
        self,
        kernel: Kernel,
        name: str,
        upstream: Sequence[Source | Stage],
        size: int,
        slide: int,
        offset: int = 0,
        **settings: Unpack[Settings],
    ) -> None:
        super().__init__(kernel, name, upstream, **settings)
        self.size, self.width, self.offset = size, slide, offset
        self._found = {}
        self.ends: dict[int, dict[Any, Pane]] = {}  # panes, by their end
        self.keys: dict[Any, list[Pane]] = {}  # the same, in the order in which they were opened
        self.whole: dict[int, dict[Any, Pane]] = {}  # what an older kernel has kept, by the window's end

    def at(self, time: int, key: Any = None) -> Any:
        """What the pane holds that a packet of this time joins; None where no window over it is open."""
        end = time - (time - self.offset) % self.width + self.width
        pane = self.ends.get(end, {}).get(key)
        if pane is None:
            self.kernel.settle()
            if end + self.size - self.width <= self.watermark:
                return None
            pane = self.opened(key, f"pane {end}", end - self.width, end)
            self.reopen(pane)
            self.kernel.expect(self, self.next_end)
        self.touch(pane)
        self.find(end, key, pane.packets)
        return pane.packets

    def fire(self, end: float) -> None:
        while self.next_end <= end:
            due = int(self.next_end)
            self._send_all(due)
            self._forget_oldest(due)
            self.next_end = self._first_after(due)

    def next_moment(self, clock: float) -> float:
        return self._first_after(clock)

    def open_windows(self) -> Iterable[Pane]:
        return [pane for ends in (self.whole, self.ends) for panes in ends.values() for pane in panes.values()]

    def reopen(self, kept: Pane) -> None:
        if kept.end - kept.start == self.size:
            self.whole.setdefault(kept.end, {})[kept.key] = kept
            self.next_end = min(self.next_end, kept.end)
            return
        self.ends.setdefault(kept.end, {})[kept.key] = kept
        self.keys.setdefault(kept.key, []).append(kept)
        self.next_end = min(self.next_end, max(kept.end, self._end_after(self.watermark)))

    def _send_all(self, end: int) -> None:
        """The results of the windows that end here."""
        start, whole = end - self.size, self.whole.get(end, {})
        windows = [*self.keys.values()]
        if max(self.ends, default=end) > end:
            windows = [[pane for pane in panes if pane.end <= end] for panes in windows]
        if whole:
            windows = [[*_found(whole, key), *panes] for key, panes in zip(self.keys, windows, strict=True)]
            windows += [[kept] for key, kept in whole.items() if key not in self.keys]
        window = Kept(None, "", 0, start, end)
        for panes in sorted(filter(None, windows), key=_first_order):
            window.key = panes[0].key
            window.packets = self.contents.fresh()  # type: ignore[union-attr]
            window.packets.gather([pane.packets for pane in panes])
            self.send(window, start, end, end - 1)

    def _forget_oldest(self, end: int) -> None:
        """No window after the one that ends here has its first pane, or what was kept for it as a whole."""
        oldest = end - self.size + self.width
        self.hide(oldest)
        for pane in self.ends.pop(oldest, {}).values():
            panes = self.keys[pane.key]
            panes.remove(pane)
            if not panes:
                del self.keys[pane.key]
            self.forget(pane)
        for pane in self.whole.pop(end, {}).values():
            self.forget(pane)

    def _first_after(self, time: float) -> float:
        """The first end after a time of a window that has something in it."""
        after = self._end_after(time)
        last = self.size - self.width
        ends = [max(end, after) for end in self.ends if end + last > time]
        return min([*ends, *(end for end in self.whole if end > time)], default=inf)

    def _end_after(self, time: float) -> float:
        """The first end of a window after a time."""
        return time - (time - self.offset) % self.width + self.width if abs(time) < inf else time


def _first_order(panes: list[Pane]) -> int:
    return panes[0].order


def _found(whole: dict[Any, Pane], key: Any) -> Iterable[Pane]:
    return (whole[key],) if key in whole else ()
