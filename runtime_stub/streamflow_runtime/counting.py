"""Count windows: a result at every `size` packets of a key."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, Unpack

from streamflow_runtime.at_end import AtEnd
from streamflow_runtime.kept import Kept
from streamflow_runtime.packet import Packet
from streamflow_runtime.packet_windows import PacketWindows
from streamflow_runtime.stage import Source, Stage
from streamflow_runtime.windows import Settings

if TYPE_CHECKING:
    from streamflow_runtime.kernel import Kernel


class CountWindows(AtEnd, PacketWindows):
    """The window of a result runs from its first to its last timestamp. `partial`: the rest is sent at the end."""

    def __init__(
        self,
        kernel: Kernel,
        name: str,
        upstream: Sequence[Source | Stage],
        size: int,
        partial: bool = False,
        **settings: Unpack[Settings],
    ) -> None:
        super().__init__(kernel, name, upstream, **settings)
        self.size, self.partial = size, partial
        self.keys: dict[Any, Kept] = {}

    def add(self, packet: Packet, key: Any = None) -> None:
        """The packet joins its key's window, which closes when it is full."""
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
            self._close(kept)

    def send_rest(self) -> None:
        for kept in sorted(self.keys.values(), key=lambda kept: kept.order):
            self._close(kept)

    def at(self, time: int, key: Any = None) -> Any:
        """What the key's window holds, which a packet of this time joins."""
        kept = self.keys.get(key)
        if kept is None:
            kept = self.keys[key] = self.opened(key, "", 0, 0)
        if not kept.changed:
            kept.changed = True
            self.changed[kept.order] = kept
        held = kept.packets
        if time < held.first:
            held.first = time
        if time > held.last:
            held.last = time
        return held

    def complete(self, key: Any = None) -> None:
        """The key's window is full."""
        self._close(self.keys[key])

    def open_windows(self) -> Iterable[Kept]:
        return list(self.keys.values())

    def reopen(self, kept: Kept) -> None:
        self.keys[kept.key] = kept

    def _close(self, kept: Kept) -> None:
        del self.keys[kept.key]
        first, last = self.span(kept)
        self.close(kept, first, last, last, self.kernel.counts[self.name])
