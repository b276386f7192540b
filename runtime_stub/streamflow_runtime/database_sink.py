"""Sinks of type database: rows written in the transaction that commits the state, so exactly once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Any, NamedTuple

from streamflow_runtime.encode import decode_stored, encode
from streamflow_runtime.part import Commit, Part
from streamflow_runtime.picking import picker
from streamflow_runtime.table import Table, in_json

if TYPE_CHECKING:
    from streamflow_runtime.shell import Shell


class Change(NamedTuple):
    """What becomes of a packet: a row, or, where one goes away, what says which."""

    gone: bool
    row: list[Any]
    packet: Any


class DatabaseSinks(Part):
    """Inserts, upserts and deletes, whole batches, in order."""

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell)
        self.tables = {
            name: Table(options, shell.platform.table_prefix)
            for name, options in shell.service["sinks"].items()
            if options["type"] == "database" and "binding" not in options
        }
        self._deletes = {sink: picker(shell, sink, "delete") for sink in self.tables}

    def start(self) -> None:
        sql = self.shell.platform.sql
        for sink, table in self.tables.items():
            sql(table.create)
            for statement in table.missing(sql(table.describe)):
                sql(statement)
            if self.shell.meta.get(f"refused/{sink}"):
                self.shell.platform.call_later(0, self._send_refusals)

    def write(self, commit: Commit) -> None:
        self._refused = False
        for sink, table in self.tables.items():
            for gone, group in groupby(self._changes(commit, sink, table), lambda change: change.gone):
                changes = list(group)
                statements = (table.delete, table.delete_one) if gone else (table.insert, table.insert_one)
                first = 0
                for piece, text in self.shell.pieces([change.row for change in changes]):
                    if not self._at_once(statements[0], piece, text):
                        self._one_by_one(commit, sink, statements[1], changes[first : first + len(piece)])
                    first += len(piece)

    def committed(self, commit: Commit) -> None:
        if self._refused:
            self.shell.platform.call_later(0, self._send_refusals)

    def _changes(self, commit: Commit, sink: str, table: Table) -> Iterator[Change]:
        delete = self._deletes[sink]
        for packet in commit.due(sink):
            data = packet.data
            try:
                gone = delete is not None and bool(delete(packet))
                row = table.gone(data) if gone else table.row(data, packet.id, packet.timestamp)
            except Exception as error:  # of the predicate, too
                self._refuse(commit, sink, packet, error)
            else:
                yield Change(gone, row, packet)

    def _at_once(self, statement: str, rows: Sequence[list[Any]], text: str) -> bool:
        """Whether one statement could do it for all the rows."""
        if not in_json(rows):
            return False
        try:
            self.shell.platform.sql(statement, text)
        except Exception:
            return False
        return True

    def _one_by_one(self, commit: Commit, sink: str, statement: str, changes: Sequence[Change]) -> None:
        """A row that the table refuses must not stop the others."""
        for change in changes:
            try:
                self.shell.platform.sql(statement, *change.row)
            except Exception as error:
                self._refuse(commit, sink, change.packet, error)

    def _refuse(self, commit: Commit, sink: str, packet: Any, error: Exception) -> None:
        """To the sink's `error` port in a batch of its own, which the commit notes; else to the dead letters."""
        try:
            stored = encode(packet.data) if f"{sink} error" in self.shell.kernel.ports else None
        except (TypeError, ValueError, RecursionError):
            stored = None
        if stored is None:
            commit.refuse(sink, packet, str(error), 1)
            return
        entry = f"refused/{sink}"
        noted = commit.meta.setdefault(entry, list(self.shell.meta.get(entry, ())))
        noted.append([stored, str(error), type(error).__name__])
        self._refused = True

    def _send_refusals(self) -> None:
        for sink in self.tables:
            noted = self.shell.meta.get(f"refused/{sink}")
            if noted and not self.shell.stopped:
                self._send(sink, noted)

    def _send(self, sink: str, noted: list[list[str]]) -> None:
        def step(kernel: Any, now: float) -> None:
            for data, error, kind in noted:
                report = {"error": error, "type": kind, "attempts": 1, "status": None}
                kernel.sink_failed(sink, decode_stored(data), report, now)

        def prepare(commit: Commit, _: None) -> None:
            commit.meta[f"refused/{sink}"] = []

        try:
            self.shell.run(step, prepare)
        except Exception as error:  # they are still noted
            self.shell.log(f"{sink}: {error!r}")
