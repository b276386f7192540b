"""Sinks with `batch` that deliver: so many outputs a try, when there are enough or the first has waited long enough."""

from __future__ import annotations

from collections.abc import Iterable
from json import dumps
from typing import TYPE_CHECKING, Any

from streamflow_runtime.encode import decode_stored, encode
from streamflow_runtime.outbox import Delivery, Outbox, Queue

if TYPE_CHECKING:
    from streamflow_runtime.shell import Shell


class Batches(Outbox):
    """Mixed into an outbox part, before it. Which rows make up a batch is fixed durably before its first try."""

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell)
        self._loose: dict[str, list[Delivery]] = {sink: [] for sink in self.sinks}

    def start(self) -> None:
        self._loose = {sink: [] for sink in self.sinks}
        super().start()

    def enqueue(self, queue: Queue, deliveries: Iterable[Delivery]) -> None:
        """Single rows wait for company; rows of a batch fixed before come back together."""
        for delivery in deliveries:
            queue.packets += 1
            queue.characters += delivery.size
            first = None if delivery.batch is None else queue.get(delivery.batch)
            gathers = self.sinks[delivery.sink].get("batch")
            if gathers and delivery.batch is None:
                self._loose[delivery.sink].append(delivery)
            elif gathers and first is not None and not first.active:
                _join(first, [delivery])
            else:
                queue[delivery.row] = delivery  # also one that comes back from the dead letters to a batch under way

    def loose(self, sink: str) -> list[Delivery]:
        return self._loose[sink]

    def text(self, delivery: Delivery) -> str:
        """What a failure report shows."""
        return joined(delivery) if delivery.others else delivery.data

    def deadline(self, now: float) -> float | None:
        times = [self._ripe_at(sink) for sink, loose in self._loose.items() if loose]
        return min((time for time in (super().deadline(now), *times) if time is not None), default=None)

    def pump(self, sink: str) -> None:
        loose = self._loose[sink]
        while loose:
            size, whole = _fill(loose, self.sinks[sink]["batch"])
            if not whole and self._ripe_at(sink) > self.shell.platform.now():
                break
            batch, rest = loose[0], loose[1:size]
            del loose[:size]
            batch.batch = batch.row
            _join(batch, rest)
            self.change("UPDATE _streamflow_outbox SET batch = ?", batch, batch.row)
            self.queues[sink][batch.row] = batch
        super().pump(sink)

    def _failed(self, delivery: Delivery, error: Exception) -> bool:
        """A ValueError speaks of one output: where there are others, each is tried for itself from here on."""
        if isinstance(error, ValueError) and delivery.others:
            self._split(delivery)
            return False
        return super()._failed(delivery, error)

    def _split(self, batch: Delivery) -> None:
        """Make a batch of each output. They go one after the other if any of them was to."""
        queue = self.queues[batch.sink]
        self.change("UPDATE _streamflow_outbox SET batch = row", batch)
        for delivery in batch.others:
            delivery.batch, delivery.key = delivery.row, batch.key
            batch.size -= delivery.size
            queue[delivery.row] = delivery
        batch.others, batch.last = (), batch.row
        in_order = sorted(queue.items())
        queue.clear()
        queue.update(in_order)

    def _ripe_at(self, sink: str) -> float:
        """When the first has waited long enough; at once when the buffer is full, or the input is being drained."""
        if self.shell.draining or self.queues[sink].packets >= self.bound()[0]:
            return 0.0
        return self._loose[sink][0].since + (self.sinks[sink]["batch"].get("delay") or 0.0)


def joined(batch: Delivery, between: bytes = b"\n") -> str:
    """A batch as one encoded value: texts by newline, bytes with something between, all else as an array.

    What is sent without a batch stays as it is.
    """
    if batch.batch is None:
        return batch.data
    pieces = [batch.data, *[other.data for other in batch.others]]
    kinds = {piece[0] for piece in pieces}
    if kinds == {'"'}:
        return dumps("\n".join(map(decode_stored, pieces)))
    if kinds == {"b"}:
        return encode(between.join(map(decode_stored, pieces)))
    return "[" + ",".join(dumps(piece[1:]) if piece[0] == "b" else piece for piece in pieces) + "]"


def _fill(loose: list[Delivery], batch: dict[str, Any]) -> tuple[int, bool]:
    """How many of the first fit into a batch, and whether no other one would. One always fits."""
    number: int = min(len(loose), batch["size"])
    if "bytes" in batch:
        filled = 1
        for position, delivery in enumerate(loose[:number]):
            filled += delivery.size + 1
            if position and filled > batch["bytes"]:
                return position, True
            if filled >= batch["bytes"]:
                return position + 1, True
    return number, number == batch["size"]


def _join(batch: Delivery, others: list[Delivery]) -> None:
    """Batches with keyed packets go one after the other."""
    batch.others += tuple(others)
    batch.last = (batch, *batch.others)[-1].row
    batch.size += sum(other.size for other in others)
    if batch.key is not None or any(other.key is not None for other in others):
        batch.key = ""
