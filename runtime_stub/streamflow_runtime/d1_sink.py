"""Sinks of type database with a binding: rows of a D1 database, a batch in one transaction."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from json import dumps, loads
from typing import TYPE_CHECKING, Any

from streamflow_runtime.batches import Batches
from streamflow_runtime.encode import decode_stored
from streamflow_runtime.outbox import Delivery
from streamflow_runtime.picking import picker
from streamflow_runtime.store_sink import StoreSinks
from streamflow_runtime.table import Table, in_json

if TYPE_CHECKING:
    from streamflow_runtime.shell import Shell

Statement = tuple[str, list[Any]]


class D1Sinks(Batches, StoreSinks):
    """What the database refuses of a batch is tried row by row, so that one row can't stop the others."""

    type = "database"

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell)
        self.tables = {sink: Table(options) for sink, options in self.sinks.items()}
        self._deletes = {sink: picker(shell, sink, "delete") for sink in self.sinks}
        self._made: set[str] = set()

    def serves(self, options: dict[str, Any]) -> bool:
        return super().serves(options) and "binding" in options

    def whole(self, sink: str, packet: Any) -> str | None:
        """Id and time of the packet, whether its row goes away, and why that can't be told."""
        delete = self._deletes[sink]
        try:
            gone, reason = delete is not None and bool(delete(packet)), None
        except Exception as error:
            gone, reason = False, f"{type(error).__name__}: {error}"
        return dumps([packet.id, packet.timestamp, gone, reason])

    def line(self, sink: str, packet: Any, whole: str | None) -> str | None:
        """What is done to one row is done in order."""
        key = self.tables[sink].key
        if key is None:
            return super().line(sink, packet, whole)
        return repr(packet.data.get(key)) if isinstance(packet.data, dict) else None

    async def put(self, delivery: Delivery, options: dict[str, Any]) -> None:
        try:
            await self._make(delivery.sink, options["binding"])
            statements = list(self._statements(delivery.sink, (delivery, *delivery.others)))
            await self.shell.platform.query(options["binding"], statements)
        except ValueError:
            self._made.discard(delivery.sink)  # perhaps somebody has changed the table
            raise

    async def _make(self, sink: str, binding: str) -> None:
        """The table, and columns that it lacks, once in the life of the process."""
        if sink not in self._made:
            table, query = self.tables[sink], self.shell.platform.query
            _, described = await query(binding, [(table.create, ()), (table.describe, ())])
            rows = [(row["cid"], row["name"]) for row in described]
            for statement in table.missing(rows):
                await query(binding, [(statement, ())])
            self._made.add(sink)

    def _statements(self, sink: str, deliveries: tuple[Delivery, ...]) -> Iterator[Statement]:
        table = self.tables[sink]
        for gone, group in groupby(map(_told, deliveries), lambda told: told[2]):
            rows = [table.gone(data) if gone else table.row(data, id, time) for data, id, _, time in group]
            if in_json(rows):
                yield table.delete if gone else table.insert, [dumps(rows)]
            else:
                one = table.delete_one if gone else table.insert_one
                yield from ((one, row) for row in rows)


def _told(delivery: Delivery) -> tuple[Any, str, bool, float]:
    id, timestamp, gone, reason = loads(delivery.packet or "")
    if reason is not None:
        raise ValueError(reason)
    return decode_stored(delivery.data), id, gone, timestamp
