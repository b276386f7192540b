"""Stand-ins of the platform's own stores on this machine: SQLite files, and folders for buckets."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any
from uuid import uuid4

from streamflow_runtime.encode import encode

TABLES = (
    "CREATE TABLE IF NOT EXISTS kv (binding TEXT, key TEXT, value, expires REAL, PRIMARY KEY (binding, key))",
    "CREATE TABLE IF NOT EXISTS analytics (binding TEXT, time REAL, point TEXT)",
    "CREATE TABLE IF NOT EXISTS messages (number INTEGER PRIMARY KEY, queue TEXT, id TEXT, body TEXT, due REAL)",
)
NONE: Mapping[str, Any] = {}
KIND_OF_METHOD = {"writeDataPoint": "analytics", "send": "queue", "sendBatch": "queue"}


class LocalBindings:
    """Methods are called as those of the bindings; files are made when they are used first.

    `file` holds entries, data points and messages; beside it are, each with the name of its binding, the file of a
    database and the folder of a bucket. All is in memory if it is None. `stores` tells the kind of each binding: kv,
    r2, queue, analytics, d1.
    """

    def __init__(self, file: Path | None, clock: Callable[[], float], stores: Mapping[str, str] | None = None) -> None:
        self._file = file
        self._clock = clock
        self._stores = stores or {}
        self._opened: dict[str, sqlite3.Connection] = {}
        self._objects: dict[tuple[str, str], bytes] = {}
        self.sent: Callable[[], None] = lambda: None
        """Called when a message has been put into a queue."""

    def call(self, binding: str, method: str, *arguments: Any) -> Any:
        """A method of a binding. Raises ValueError for one that there is no stand-in of."""
        known: dict[tuple[str, str], Callable[..., Any]] = {
            ("kv", "put"): self._put,
            ("kv", "get"): self._get,
            ("kv", "delete"): self._delete,
            ("kv", "list"): self._list,
            ("r2", "put"): self._put_object,
            ("queue", "send"): self._send,
            ("queue", "sendBatch"): self._send_batch,
            ("analytics", "writeDataPoint"): self._write_data_point,
        }
        kind = self._stores.get(binding) or KIND_OF_METHOD.get(method, "kv")
        if (kind, method) not in known:
            raise ValueError(f"{binding}.{method} has no stand-in here")
        return known[kind, method](binding, *arguments)

    def query(self, binding: str, statements: Sequence[tuple[str, Sequence[Any]]]) -> list[list[dict[str, Any]]]:
        """Statements of a database, all or none; the rows of each. Raises ValueError where one is refused."""
        database = self._database(binding)
        found = []
        database.execute("BEGIN IMMEDIATE")
        try:
            for text, values in statements:
                cursor = database.execute(text, tuple(values))
                names = [column[0] for column in cursor.description or ()]
                found.append([dict(zip(names, row, strict=True)) for row in cursor])
            database.execute("COMMIT")
        except sqlite3.Error as error:
            if database.in_transaction:
                database.execute("ROLLBACK")
            passing = isinstance(error, sqlite3.OperationalError) and "locked" in str(error)
            raise (OSError if passing else ValueError)(f"{binding}: {error}") from error
        return found

    def messages(self, queue: str, most: int) -> list[tuple[int, str, str]]:
        """The messages that are due, the oldest first: number, id, and body as stored."""
        query = "SELECT number, id, body FROM messages WHERE queue = ? AND due <= ? ORDER BY number LIMIT ?"
        return self._database().execute(query, (queue, self._clock(), most)).fetchall()

    def next_message(self, queue: str) -> float | None:
        """When the next message is due."""
        ((due,),) = self._database().execute("SELECT min(due) FROM messages WHERE queue = ?", (queue,))
        return None if due is None else float(due)

    def settle(self, numbers: Sequence[int], wait: float) -> None:
        """Messages are acknowledged, or, with `wait`, due again after that many seconds."""
        listed = json.dumps(list(numbers))
        chosen = "WHERE number IN (SELECT value FROM json_each(?))"
        if wait:
            self._database().execute(f"UPDATE messages SET due = ? {chosen}", (self._clock() + wait, listed))
        else:
            self._database().execute(f"DELETE FROM messages {chosen}", (listed,))

    def close(self) -> None:
        """Let go of the files."""
        for database in self._opened.values():
            database.close()
        self._opened.clear()

    def _put(self, binding: str, key: str, value: str | bytes, options: Mapping[str, Any] = NONE) -> None:
        expires = self._clock() + options["expirationTtl"] if "expirationTtl" in options else None
        self._database().execute("DELETE FROM kv WHERE expires <= ?", (self._clock(),))
        self._database().execute("INSERT OR REPLACE INTO kv VALUES (?, ?, ?, ?)", (binding, key, value, expires))

    def _get(self, binding: str, key: str | list[str], kind: str | Mapping[str, Any] = "text") -> Any:
        if isinstance(key, list):
            return {name: self._get(binding, name, kind) for name in key}
        query = "SELECT value FROM kv WHERE binding = ? AND key = ? AND (expires IS NULL OR expires > ?)"
        row = self._database().execute(query, (binding, key, self._clock())).fetchone()
        wanted = kind if isinstance(kind, str) else kind.get("type", "text")
        if row is None or wanted == "text":
            return None if row is None else row[0]
        if wanted != "json":
            raise ValueError(f"{binding}.get of type {wanted!r} has no stand-in here")
        return json.loads(row[0])

    def _delete(self, binding: str, key: str) -> None:
        self._database().execute("DELETE FROM kv WHERE binding = ? AND key = ?", (binding, key))

    def _list(self, binding: str, options: Mapping[str, Any] = NONE) -> dict[str, Any]:
        query = "SELECT key FROM kv WHERE binding = ? AND (expires IS NULL OR expires > ?) ORDER BY key"
        names = [key for (key,) in self._database().execute(query, (binding, self._clock()))]
        prefix = options.get("prefix") or ""
        return {"keys": [{"name": name} for name in names if name.startswith(prefix)], "list_complete": True}

    def _put_object(self, binding: str, path: str, content: bytes | str, options: dict[str, Any]) -> None:
        body = content.encode() if isinstance(content, str) else content
        if self._file is None:
            self._objects[binding, path] = body
            return
        folder = self._beside(binding)
        target = (folder / path.lstrip("/")).resolve()
        if not target.is_relative_to(folder.resolve()) or target == folder.resolve():
            raise ValueError(f"{path!r} would be a file outside of {folder}")
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            unfinished = target.with_name(target.name + ".unfinished")
            unfinished.write_bytes(body)
            unfinished.replace(target)
        except (FileExistsError, IsADirectoryError, NotADirectoryError):
            raise ValueError(f"{path!r} would be a file and a folder: only a bucket can hold both") from None

    def _send(self, binding: str, body: Any, options: Mapping[str, Any] = NONE) -> None:
        due = self._clock() + options.get("delaySeconds", 0)
        row = (binding, uuid4().hex, encode(body), due)
        self._database().execute("INSERT INTO messages (queue, id, body, due) VALUES (?, ?, ?, ?)", row)
        self.sent()

    def _send_batch(self, binding: str, messages: Sequence[dict[str, Any]]) -> None:
        for message in messages:
            self._send(binding, message["body"], message)

    def _write_data_point(self, binding: str, point: dict[str, Any]) -> None:
        row = (binding, self._clock(), json.dumps(point))
        self._database().execute("INSERT INTO analytics VALUES (?, ?, ?)", row)

    def _database(self, binding: str = "") -> sqlite3.Connection:
        """The file of a bound database; without a name the one for all else."""
        if binding not in self._opened:
            file = self._file
            if file is not None:
                file = self._beside(f"{binding}.sqlite") if binding else file
                file.parent.mkdir(parents=True, exist_ok=True)
            made = sqlite3.connect(file or ":memory:", isolation_level=None, check_same_thread=False)
            for table in () if binding else TABLES:
                made.execute(table)
            self._opened[binding] = made
        return self._opened[binding]

    def _beside(self, name: str) -> Path:
        assert self._file is not None
        return self._file.with_name(f"{self._file.name.removesuffix('.bindings.sqlite')}.{name}")
