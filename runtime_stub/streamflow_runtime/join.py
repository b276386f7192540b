"""What joins of every kind share: what a pair sends, and what becomes of a packet without a partner."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NotRequired, TypedDict

from streamflow_runtime.isolation import copy_of
from streamflow_runtime.packet import Packet
from streamflow_runtime.stage import Source, Stage

if TYPE_CHECKING:
    from streamflow_runtime.kernel import Kernel

Result = Callable[[Any, Any, Packet], Any]
_OUTER = {"inner": (), "left": ("left",), "outer": ("left", "right")}


class Settings(TypedDict):
    """What joins of every kind are made with."""

    after: Callable[[Packet], None]
    how: NotRequired[str]
    unmatched: NotRequired[bool]
    result: NotRequired[Result | None]
    mutates: NotRequired[bool]
    keyed: NotRequired[bool]


class Pairs(Stage):
    """What a node with the inputs `left` and `right` sends.

    `paired(left, right, packet)` is the user's function (`copies`: it may change what it gets); without it a pair is
    `{"left", "right"}`. `after(packet)` is what follows the node. `outer` are the sides that go on alone, `sent` those
    whose packets go somewhere when they stay alone.
    """

    after: Callable[[Packet], None]
    outer: tuple[str, ...]
    sent: tuple[str, ...]
    paired: Result | None
    copies: bool

    def pair_by(self, how: str, unmatched: bool, result: Result | None, mutates: bool) -> None:
        """`how` is inner, left or outer; `unmatched`: what has no partner is wanted at that port."""
        self.outer = _OUTER[how]
        self.sent = ("left", "right") if unmatched else self.outer
        self.paired, self.copies = result, mutates

    def send_pair(self, left: Packet | None, right: Packet | None) -> None:
        """A pair goes on, with the later timestamp and all else from left; one of both may be missing."""
        made = _paired(left, right)
        if self.paired is not None:
            if self.copies:
                left, right = _own(left), _own(right)
            packet = left or right
            assert packet is not None
            try:
                made.data = self.paired(left and left.data, right and right.data, packet)
            except Exception as error:
                self.kernel.fail(self.name, error, made)
                return
        if made.data is not None:
            made.path += f"/{self.name}:{self.kernel.counts[self.name]}"
            self.kernel.counts[self.name] += 1
            self.after(made)

    def send_alone(self, side: str, packet: Packet) -> None:
        """A packet that never met a partner goes on in an outer join, else it leaves by `unmatched`."""
        if side in self.outer:
            self.send_pair(*((packet, None) if side == "left" else (None, packet)))
        elif side in self.sent:
            alone = packet.derive(packet.data)
            alone.metadata = {**packet.metadata, "side": side}
            self.kernel.leave(self.name, "unmatched", alone)


class Join(Pairs):
    """A node where packets wait for partners until the watermark has passed them."""

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
    ) -> None:
        super().__init__(kernel, name, upstream)
        self.after, self.keyed = after, keyed
        self.pair_by(how, unmatched, result, mutates)

    def admits(self, packet: Packet, key: Any) -> bool:
        """Whether a packet is in time; it leaves by `late` if not, and has its key from here on."""
        self.kernel.settle()
        if packet.time < self.watermark - self.lag:
            self.kernel.leave(self.name, "late", packet)
            return False
        if self.keyed:
            packet.key = key
        return True


def _paired(left: Packet | None, right: Packet | None) -> Packet:
    packet = left or right
    assert packet is not None
    pair = packet.derive({"left": left and left.data, "right": right and right.data})
    if left and right:
        pair.time = max(left.time, right.time)
    return pair


def _own(packet: Packet | None) -> Packet | None:
    return None if packet is None else packet.derive(copy_of(packet.data)).isolated()
