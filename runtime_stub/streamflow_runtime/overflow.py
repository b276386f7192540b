"""Sinks with `overflow`: what a full outbox can't take is dropped and counted, in place of refusing sources."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import TYPE_CHECKING, Any

from streamflow_runtime.outbox import Delivery, Outbox
from streamflow_runtime.part import Commit, Part

if TYPE_CHECKING:
    from streamflow_runtime.shell import Shell


class Overflow(Part):
    """Comes before the outboxes: they write what it leaves of a commit's outputs."""

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell)
        sinks = shell.service["sinks"].items()
        self._ways: dict[str, str] = {name: sink["overflow"] for name, sink in sinks if "overflow" in sink}

    def write(self, commit: Commit) -> None:
        self._gone: list[tuple[Outbox, Delivery]] = []
        for outbox in [part for part in self.shell.parts if isinstance(part, Outbox)]:
            for sink in outbox.sinks:
                if sink in self._ways and commit.outputs.get(sink):
                    dropped = self._make_room(outbox, sink, commit.outputs)
                    if dropped:
                        entry = f"overflow/{sink}"
                        commit.meta[entry] = self.shell.meta.get(entry, 0) + dropped

    def committed(self, commit: Commit) -> None:
        for outbox, delivery in self._gone:
            loose = outbox.loose(delivery.sink)
            if delivery in loose:
                loose.remove(delivery)
            outbox.queues[delivery.sink].remove(delivery)

    def _make_room(self, outbox: Outbox, sink: str, outputs: dict[str, list[Any]]) -> int:
        """How many packets are dropped so that those that come fit in."""
        queue = outbox.queues[sink]
        most, largest = outbox.bound()
        packets = outputs[sink]
        if self._ways[sink] == "drop_newest":
            room = max(0, most - queue.packets) if queue.characters < largest else 0
            outputs[sink] = packets[:room]
            return len(packets) - len(outputs[sink])
        outputs[sink] = packets[-most:]
        dropped = len(packets) - len(outputs[sink])
        waiting, characters = queue.packets, queue.characters
        for delivery in _oldest(outbox, sink):
            if waiting + len(outputs[sink]) <= most and characters < largest:
                break
            outbox.change("DELETE FROM _streamflow_outbox", delivery)
            self._gone.append((outbox, delivery))
            dropped += 1 + len(delivery.others)
            waiting -= 1 + len(delivery.others)
            characters -= delivery.size
        return dropped


def _oldest(outbox: Outbox, sink: str) -> Iterator[Delivery]:
    """Deliveries that are not under way, the oldest first."""
    waiting = sorted(chain(outbox.queues[sink].values(), outbox.loose(sink)), key=lambda delivery: delivery.row)
    return (delivery for delivery in waiting if not delivery.active)
