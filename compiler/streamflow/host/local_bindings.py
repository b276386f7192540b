"""Stand-ins of the platform's own stores on this machine, in one SQLite file."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

TABLES = (
    "CREATE TABLE IF NOT EXISTS kv (binding TEXT, key TEXT, value, expires REAL, PRIMARY KEY (binding, key))",
    "CREATE TABLE IF NOT EXISTS analytics (binding TEXT, time REAL, point TEXT)",
)


class LocalBindings:
    """Methods are called as those of the bindings; `file` is made when the first one is. In memory if it is None."""

    def __init__(self, file: Path | None, clock: Callable[[], float]) -> None:
        self._file = file
        self._clock = clock
        self._opened: sqlite3.Connection | None = None

    def call(self, binding: str, method: str, *arguments: Any) -> Any:
        """A method of a binding. Raises ValueError for one that there is no stand-in of."""
        known: dict[str, Callable[..., Any]] = {"put": self._put, "writeDataPoint": self._write_data_point}
        if method not in known:
            raise ValueError(f"{binding}.{method} has no stand-in here")
        return known[method](binding, *arguments)

    def close(self) -> None:
        """Let go of the file."""
        if self._opened is not None:
            self._opened.close()
            self._opened = None

    def _put(self, binding: str, key: str, value: str | bytes, options: dict[str, Any]) -> None:
        expires = self._clock() + options["expirationTtl"] if "expirationTtl" in options else None
        self._database().execute("DELETE FROM kv WHERE expires <= ?", (self._clock(),))
        self._database().execute("INSERT OR REPLACE INTO kv VALUES (?, ?, ?, ?)", (binding, key, value, expires))

    def _write_data_point(self, binding: str, point: dict[str, Any]) -> None:
        row = (binding, self._clock(), json.dumps(point))
        self._database().execute("INSERT INTO analytics VALUES (?, ?, ?)", row)

    def _database(self) -> sqlite3.Connection:
        if self._opened is None:
            if self._file is not None:
                self._file.parent.mkdir(parents=True, exist_ok=True)
            self._opened = sqlite3.connect(self._file or ":memory:", isolation_level=None, check_same_thread=False)
            for table in TABLES:
                self._opened.execute(table)
        return self._opened
