"""Sinks with `batch` that write with the commit: outputs are gathered until there are enough, and reach them together.

What is gathered commits with the state that made it and goes in the transaction that takes the batch to its sink:
nothing is lost and nothing comes twice.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from streamflow_runtime.codec import loads, packet_of, packet_row, row_text
from streamflow_runtime.encode import show
from streamflow_runtime.part import Commit, Part
from streamflow_runtime.subscriptions import array, messages

if TYPE_CHECKING:
    from streamflow_runtime.packet import Packet
    from streamflow_runtime.shell import Shell

TABLE = (
    "CREATE TABLE IF NOT EXISTS _streamflow_gathered (sink TEXT, row INTEGER, packet TEXT, since REAL,"
    " PRIMARY KEY (sink, row)) WITHOUT ROWID"
)
INSERT = "INSERT INTO _streamflow_gathered SELECT value->>0, value->>1, value->>2, value->>3 FROM json_each(?)"


class Output:
    """One that waits for company; it came with a commit at `since`, or was `stored` before."""

    def __init__(self, since: float, packet: Packet | None = None, stored: str = "") -> None:
        self.since = since
        self.stored = stored
        if packet is not None:
            self.packet = packet

    @cached_property
    def packet(self) -> Packet:
        return packet_of(loads(self.stored))

    @cached_property
    def size(self) -> int:
        """Characters of its data."""
        return len(show(self.packet.data))


class Gathering(Part):
    """Comes before the parts of such sinks: they ask a commit what of it is `due`."""

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell)
        self._batches = {name: sink["batch"] for name, sink in shell.service["sinks"].items() if gathers(sink)}
        self._waiting: dict[str, list[Output]] = {}

    def start(self) -> None:
        sql = self.shell.platform.sql
        sql(TABLE)
        for sink in self._batches:
            # Rows beyond the counter are of a future that a restored state has undone.
            sql("DELETE FROM _streamflow_gathered WHERE sink = ? AND row >= ?", sink, self._next_row(sink))
            rows = sql("SELECT since, packet FROM _streamflow_gathered WHERE sink = ? ORDER BY row", sink)
            self._waiting[sink] = [Output(since, stored=packet) for since, packet in rows]

    def undelivered(self) -> int:
        return sum(map(len, self._waiting.values()))

    def write(self, commit: Commit) -> None:
        self._left = dict(self._waiting)
        now = self.shell.platform.now()
        for sink in self._batches:
            before = self._waiting[sink]
            waiting = [*before, *(Output(now, packet) for packet in commit.outputs.get(sink, ()))]
            batches, taken = [], 0
            while size := self._whole(sink, waiting, taken, now):
                batches.append([output.packet for output in waiting[taken : taken + size]])
                taken += size
            commit.batches[sink] = batches
            if self.shell.service["sinks"][sink]["type"] == "websocket":
                commit.arrays[sink] = [array(found) for batch in batches if (found := messages(batch))]
            if taken and before:
                self.shell.platform.sql(
                    "DELETE FROM _streamflow_gathered WHERE sink = ? AND row < ?",
                    sink,
                    self._next_row(sink) - max(0, len(before) - taken),
                )
            kept, fresh = waiting[taken : len(before)], waiting[max(taken, len(before)) :]
            self._left[sink] = kept + self._store(commit, sink, fresh)

    def committed(self, commit: Commit) -> None:
        self._waiting = self._left

    def deadline(self, now: float) -> float | None:
        return min(
            (self._ripe_at(sink, waiting[0]) for sink, waiting in self._waiting.items() if waiting), default=None
        )

    def wake(self, now: float) -> None:
        deadline = self.deadline(now)
        if deadline is not None and deadline <= now and not self.shell.stopped:
            self.shell.run(lambda kernel, now: None)

    def _store(self, commit: Commit, sink: str, outputs: list[Output]) -> list[Output]:
        """Those that can be kept; the others go to the dead letters."""
        number = self._next_row(sink)
        rows: list[tuple[str, int, str, float]] = []
        stored: list[Output] = []
        for output in outputs:
            try:
                text = row_text(packet_row(output.packet))
            except (TypeError, ValueError, RecursionError) as error:
                commit.refuse(sink, output.packet, f"can't be kept: {error}")
                continue
            rows.append((sink, number + len(rows), text, output.since))
            stored.append(Output(output.since, stored=text))  # subscribers have the packet and may change it
        self.shell.insert(INSERT, rows)
        if rows:
            commit.meta[f"gathered/{sink}"] = number + len(rows)
        return stored

    def _whole(self, sink: str, waiting: list[Output], first: int, now: float) -> int:
        """How many from `first` on make a batch that need not wait; 0 where there is none."""
        batch, there = self._batches[sink], len(waiting) - first
        number: int = min(there, batch["size"])
        if "bytes" in batch:
            filled = 1
            for position in range(number):
                filled += waiting[first + position].size + 1
                if position and filled > batch["bytes"]:
                    return position
                if filled >= batch["bytes"]:
                    return position + 1
        if number == batch["size"] or there >= self.bound()[0]:
            return number
        return number if there and self._ripe_at(sink, waiting[first]) <= now else 0

    def _ripe_at(self, sink: str, first: Output) -> float:
        """When the first has waited long enough; at once while the input is being drained."""
        return 0.0 if self.shell.draining else first.since + float(self._batches[sink].get("delay") or 0)

    def _next_row(self, sink: str) -> int:
        number: int = self.shell.meta.get(f"gathered/{sink}", 0)
        return number


def gathers(sink: dict[str, Any]) -> bool:
    """Whether a sink writes whole batches with the commit."""
    return "batch" in sink and not {"url", "binding"} & sink.keys() and sink["type"] != "custom"
