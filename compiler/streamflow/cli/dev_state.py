"""The state file of `streamflow dev`: kept over changes that leave the stateful nodes as they are, else set aside."""

from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

from streamflow.target.program import Program
from streamflow_runtime.kernel import LAYOUT

_TABLE = "_streamflow_dev"


def prepare(file: Path, wanted: str) -> Path | None:
    """Make the file ready for a program of this description; gives where another one's state has been copied to.

    Tables of database sinks, which lie in the same file, stay where they are.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(file)) as database:
        database.execute(f"CREATE TABLE IF NOT EXISTS {_TABLE} (description TEXT)")
        row = database.execute(f"SELECT description FROM {_TABLE}").fetchone()
        if row == (wanted,):
            return None
        set_aside = _copied(database, file) if row is not None else None
        for table in _own_tables(database):
            database.execute(f'DELETE FROM "{table}"')
        database.execute(f"INSERT INTO {_TABLE} VALUES (?)", (wanted,))
        database.commit()
    return set_aside


def description(program: Program) -> str:
    """What two programs must have in common to share a state: its layout, stateful nodes, stages and sources."""
    nodes = program.graph.nodes
    stages = sorted(node.name for node in nodes if node.is_stage)
    sources = sorted(program.service["sources"])
    shape = program.kernel_class.shape
    return json.dumps({"layout": LAYOUT, "shape": shape, "stages": stages, "sources": sources}, sort_keys=True)


def _own_tables(database: sqlite3.Connection) -> list[str]:
    found = database.execute(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name LIKE '\\_streamflow\\_%' ESCAPE '\\'"
    )
    return [name for (name,) in found]


def _copied(database: sqlite3.Connection, file: Path) -> Path:
    number = 1
    while (target := file.with_suffix(f".{number}.sqlite")).exists():
        number += 1
    database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    shutil.copyfile(file, target)
    return target
