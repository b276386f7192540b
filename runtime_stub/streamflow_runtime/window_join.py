"""Joins in windows: at the end of a window all pairs of a key in it are sent."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from streamflow_runtime.join import Pairs
from streamflow_runtime.kept import Kept
from streamflow_runtime.packet import Packet
from streamflow_runtime.packet_windows import PacketWindows
from streamflow_runtime.stage import Source, Stage
from streamflow_runtime.tumbling import TumblingWindows

if TYPE_CHECKING:
    from streamflow_runtime.join import Result
    from streamflow_runtime.kernel import Kernel


class Sided(Packet):
    """A packet in a window, and the input by which it came."""

    side = "left"


class BothSides(Kept):
    """A window's packets of both sides."""

    def part(self, index: int) -> list[Any]:
        return [self.packets[index].side, *super().part(index)]

    def take_over(self, parts: list[list[Any]]) -> None:
        super().take_over([part[1:] for part in parts])
        self.packets = [_on(side, packet) for packet, (side, *_) in zip(self.packets, parts, strict=True)]


class WindowJoin(Pairs, PacketWindows):
    """Windows whose results are the pairs of what came by `left` and by `right`."""

    def __init__(
        self,
        kernel: Kernel,
        name: str,
        upstream: Sequence[Source | Stage],
        after: Callable[[Packet], None],
        how: str = "inner",
        unmatched: bool = False,
        result: Result | None = None,
        mutates: bool = False,
        keyed: bool = False,
        **bounds: Any,
    ) -> None:
        super().__init__(kernel, name, upstream, result=_nothing, after=after, keyed=keyed, **bounds)
        self.pair_by(how, unmatched, result, mutates)

    def add_left(self, packet: Packet, key: Any = None) -> None:
        """A packet joins its windows on the left, or leaves by `late`."""
        self.add(_on("left", packet), key)

    def add_right(self, packet: Packet, key: Any = None) -> None:
        """A packet joins its windows on the right, or leaves by `late`."""
        self.add(_on("right", packet), key)

    def send(self, kept: Kept, start: int, end: int, time: int, ordinal: int = 0, revision: int = 0) -> bool:
        """Send the pairs of a window, or what is alone in it."""
        packets: list[Any] = kept.in_order()
        lefts, rights = ([one for one in packets if one.side == side] for side in ("left", "right"))
        for left in lefts:
            for right in rights:
                self.send_pair(left, right)
        if not lefts or not rights:
            for alone in packets:
                self.send_alone(alone.side, alone)
        return True


class TumblingJoin(WindowJoin, TumblingWindows):
    """In windows side by side; made with what those are made with."""

    kept = BothSides


def _on(side: str, packet: Packet) -> Sided:
    sided = Sided(packet.data, packet.time, packet.source, packet.origin, packet.path, packet.metadata)
    sided.key, sided.window, sided.revision = packet.key, packet.window, packet.revision
    sided.side = side
    return sided


def _nothing(packets: Any, window: Any) -> None:
    """Windows of joins have no result of their own."""
