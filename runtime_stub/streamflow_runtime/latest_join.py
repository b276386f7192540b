"""Joins with the newest: each left packet meets, at once, the last right packet of its key."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Unpack

from streamflow_runtime.codec import dumps, loads, packet_of, packet_row, row_text
from streamflow_runtime.join import Join, Settings
from streamflow_runtime.keys import check_room
from streamflow_runtime.packet import Packet
from streamflow_runtime.stage import Row, Source, Stage

if TYPE_CHECKING:
    from streamflow_runtime.kernel import Kernel


class Record:
    """The newest right packet of a key, as first spelled. `matched`: a left packet has met it."""

    def __init__(self, packet: Packet, key: Any, matched: bool = False) -> None:
        self.packet = packet
        self.key = key
        self.matched = matched


class LatestJoin(Join):
    """One record a key, in the order of arrival, for as long as none is newer. `oldest`: how old it may be, in ms."""

    def __init__(
        self,
        kernel: Kernel,
        name: str,
        upstream: Sequence[Source | Stage],
        oldest: int | None = None,
        **settings: Unpack[Settings],
    ) -> None:
        super().__init__(kernel, name, upstream, **settings)
        self.oldest = oldest
        self.records: dict[Any, Record] = {}
        self.changed: dict[Any, None] = {}

    def add_left(self, packet: Packet, key: Any = None) -> None:
        """A packet meets the record of its key, or stays alone."""
        if not self.admits(packet, key):
            return
        record = self.records.get(key)
        if record is None or (self.oldest is not None and packet.time - record.packet.time > self.oldest):
            self.send_alone("left", packet)
            return
        if not record.matched:
            record.matched = True
            self.changed[key] = None
        self.send_pair(packet, record.packet)

    def add_right(self, packet: Packet, key: Any = None) -> None:
        """A packet takes the place of its key's record, which stays alone if no left packet has met it."""
        if not self.admits(packet, key):
            return
        replaced = self.records.get(key)
        if replaced is None:
            check_room(self.kernel, self.name, len(self.records), "each key keeps its newest record")
        self.records[key] = Record(packet, key if replaced is None else replaced.key)
        self.changed[key] = None
        if replaced is not None and not replaced.matched:
            self.send_alone("right", replaced.packet)

    def changes(self) -> Iterator[Row]:
        changed, self.changed = self.changed, {}
        for key in changed:
            yield from self._row(key)

    def rows(self) -> Iterator[Row]:
        for key in list(self.records):
            yield from self._row(key)

    def load(self, rows: Iterable[tuple[str, str, int, Any]]) -> None:
        for key, _, _, (matched, *fields) in rows:
            self.records[loads(key)] = Record(packet_of(fields), loads(key), matched)

    def _row(self, key: Any) -> Iterator[Row]:
        """The row of a record; a packet that can't be kept fails, and has none."""
        record = self.records[key]
        try:
            text = row_text([record.matched, *packet_row(record.packet)])
        except (TypeError, ValueError, RecursionError) as refusal:
            del self.records[key]
            yield self.name, dumps(record.key), "", 0, None
            self.kernel.fail(self.name, refusal, record.packet)
        else:
            yield self.name, dumps(record.key), "", 0, text
