"""Windows over the newest packets of a key: a packet stays, and is in several results."""

from __future__ import annotations

from collections.abc import Iterable
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Unpack

from streamflow_runtime.keys import id_part
from streamflow_runtime.packet import Packet, Window
from streamflow_runtime.packet_windows import PacketWindows
from streamflow_runtime.stage import Source, Stage
from streamflow_runtime.trail import Trail
from streamflow_runtime.windows import Settings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from streamflow_runtime.kernel import Kernel
    from streamflow_runtime.values import AccumulatingTrails

_event_time = attrgetter("time")


class TrailingWindows(PacketWindows):
    """A trail a key: of packets, or of what they add to `aggregates=`."""

    kept: type[Trail] = Trail

    def __init__(
        self, kernel: Kernel, name: str, upstream: Sequence[Source | Stage], **settings: Unpack[Settings]
    ) -> None:
        self.sums: AccumulatingTrails | None = settings.pop("contents", None)  # type: ignore[assignment]
        super().__init__(kernel, name, upstream, **settings)
        if self.sums is not None:
            self.kept = self.sums.kept
        self.keys: dict[Any, Trail] = {}

    def enter(self, packet: Packet, key: Any = None) -> None:
        assert self.sums is not None
        self.sums.check(packet)
        packet.arrival = self.arrived
        self.arrived += 1
        self.add(packet, key)
        packet.data = None  # what it adds is all that is needed of it

    def result_of(self, key: Any, start: int, end: int, time: int) -> Packet:
        """A result without its data; its id ends in how many the node has sent, for bounds may repeat."""
        ordinal = self.kernel.counts[self.name]
        return Packet(None, time, self.name, f"{id_part(key)}:{start}:{end}:{ordinal}", "", {})

    def send_over(self, result: Packet, trail: Trail, start: int, end: int, after: float, until: float) -> None:
        """Send the result over the packets of a trail with `after < time <= until`."""
        window = Window(trail.key, start / 1000, end / 1000)
        result.key, result.revision = trail.key, 0
        if self.sums is None:
            packets = sorted((one for one in trail.packets if after < one.time <= until), key=_event_time)
            self.deliver(result, window, packets, len(packets))
            return
        try:
            total = self.sums.total(trail, after, until)
        except Exception as error:  # values that can't be compared with each other
            self.lose(result, window, sum(after < one.time <= until for one in trail.packets), error)
        else:
            self.deliver(result, window, total.held, len(total))

    def open_windows(self) -> Iterable[Trail]:
        return list(self.keys.values())

    def reopen(self, kept: Trail) -> None:
        self.keys[kept.key] = kept
