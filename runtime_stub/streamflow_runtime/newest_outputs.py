"""What sinks keep of their outputs: the newest per key, or the last so many. Written in the commit that makes them."""

from __future__ import annotations

from json import dumps
from typing import TYPE_CHECKING, Any

from streamflow_runtime.encode import encode
from streamflow_runtime.part import Commit, Part
from streamflow_runtime.picking import picker

if TYPE_CHECKING:
    from streamflow_runtime.shell import Shell

TABLES = (
    "CREATE TABLE IF NOT EXISTS _streamflow_newest (sink TEXT, key TEXT, number INTEGER, id TEXT, data TEXT,"
    " PRIMARY KEY (sink, key)) WITHOUT ROWID",
    "CREATE INDEX IF NOT EXISTS _streamflow_newest_number ON _streamflow_newest (sink, number)",
)
PUT = (
    "INSERT OR REPLACE INTO _streamflow_newest"
    " SELECT value->>0, value->>1, value->>2, value->>3, value->>4 FROM json_each(?)"
)
FORGET = (
    "DELETE FROM _streamflow_newest WHERE sink = ? AND number <= (SELECT number FROM _streamflow_newest"
    " WHERE sink = ? ORDER BY number DESC LIMIT 1 OFFSET ?)"
)
LAST, MOST_KEYS = 100, 100_000
# A row may hold 2 MB on the platform, and a statement that carries it, too.
LARGEST = 1_000_000


class NewestOutputs(Part):
    """Other parts find it as `shell.newest`. An output that can't be kept goes to the dead letters."""

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell)
        shell.newest = self
        self._keep: dict[str, int] = {}
        for name, options in shell.service["sinks"].items():
            if keeps(options):
                self._keep[name] = options.get("keep") or (MOST_KEYS if "key" in options else LAST)
        self._pick = {name: picker(shell, name, "key") for name in self._keep}

    def rows(self, sink: str) -> list[tuple[str, str]]:
        """Ids of packets and their data as encoded, the oldest first; nothing of a sink that keeps nothing."""
        if sink not in self._keep:
            return []
        sql = self.shell.platform.sql
        return sql("SELECT id, data FROM _streamflow_newest WHERE sink = ? ORDER BY number", sink)

    def start(self) -> None:
        for statement in TABLES:
            self.shell.platform.sql(statement)
        ((number,),) = self.shell.platform.sql("SELECT max(number) FROM _streamflow_newest")
        self._number = self._next = (number or 0) + 1

    def write(self, commit: Commit) -> None:
        self._next = self._number
        for sink, keep in self._keep.items():
            rows: dict[str, tuple[str, str, int, str, str]] = {}
            for packet in commit.due(sink):
                try:
                    key, data = self._key(sink, packet), encode(packet.data)
                    if len(data) > LARGEST:
                        raise ValueError(f"{len(data)} characters, more than {LARGEST}")
                except Exception as error:
                    reason = f"can't be kept: {type(error).__name__}: {error}"
                    commit.refuse(sink, packet, reason, 1)
                    continue
                rows.pop(key, None)
                rows[key] = (sink, key, self._next, packet.id, data)
                self._next += 1
            if rows:
                self.shell.insert(PUT, list(rows.values())[-keep:])
                self.shell.platform.sql(FORGET, sink, sink, keep)

    def committed(self, commit: Commit) -> None:
        self._number = self._next

    def _key(self, sink: str, packet: Any) -> str:
        pick = self._pick[sink]
        return dumps(_canonical(pick(packet))) if pick else str(self._next)


def keeps(options: dict[str, Any]) -> bool:
    """Whether a sink keeps outputs."""
    kind = options["type"]
    return bool(kind == "endpoint" or (kind == "websocket" and ("key" in options or "keep" in options)))


def _canonical(key: Any) -> Any:
    """Keys that are equal in Python become one: 1, 1.0 and True. Raises TypeError for what can't be a key."""
    if isinstance(key, tuple):
        return [_canonical(part) for part in key]
    if isinstance(key, bool) or (isinstance(key, float) and key.is_integer()):
        return int(key)
    if key is None or isinstance(key, (str, int, float)):
        return key
    raise TypeError(f"a {type(key).__name__} can't be a key")
