"""Enrichment from outside: packets wait until the host has looked up what belongs to their keys."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Any

from streamflow_runtime.packet import Packet
from streamflow_runtime.parked import Call, Parked
from streamflow_runtime.stage import Source, Stage

if TYPE_CHECKING:
    from streamflow_runtime.kernel import Kernel
    from streamflow_runtime.lookup import Lookup


class Question(Call):
    """One packet's key, to be looked up; None as the result says that there is nothing for it."""

    def __init__(self, node: Enriching, number: int, packet: Packet) -> None:
        super().__init__(node, number, packet)
        self.key = node.keys[number]

    def run(self) -> Awaitable[Any]:
        return self._function(self.key)


class Enriching(Parked):
    """What `lookup` has for a packet's key becomes the field `into` of its data."""

    call = Question

    def __init__(
        self,
        kernel: Kernel,
        name: str,
        upstream: Sequence[Source | Stage],
        lookup: Lookup,
        into: str,
        after: Callable[[Packet], None],
    ) -> None:
        super().__init__(kernel, name, upstream, lookup.get, after, lookup.concurrency)
        self.into = into
        self.keys: dict[int, Any] = {}

    def ask(self, packet: Packet, key: Any) -> None:
        """The packet waits here for what belongs to the key."""
        self.keys[self.arrived] = key
        self.park(packet)

    def send(self, packet: Packet, value: Any) -> None:
        if value is None:
            self.kernel.leave(self.name, "missing", packet)
            return
        try:
            data = {**packet.data, self.into: value}
        except TypeError as error:
            self.kernel.fail(self.name, error, packet)
        else:
            super().send(packet, data)

    def fields(self, number: int) -> list[Any]:
        return [self.keys[number], *super().fields(number)]

    def take_over(self, number: int, fields: list[Any]) -> None:
        self.keys[number] = fields[0]
        super().take_over(number, fields[1:])

    def _remove(self, number: int) -> None:
        super()._remove(number)
        del self.keys[number]
