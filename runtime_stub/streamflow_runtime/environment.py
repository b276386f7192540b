"""`env`: the platform's bindings for a graph's own functions, alike on every host."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from streamflow_runtime.outside import platform

Row = dict[str, Any]


class Environment:
    """`env.NAME` is a text of the environment, or else a store."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        text = platform().secret(name)
        return Binding(name) if text is None else text


class Binding:
    """A store, by the methods of the platform: `await env.PRICES.get("a")`, `await env.POST.send({"n": 1})`.

    Values are text, bytes and JSON; null is None. Options are a dict at the end or named. A D1 database has
    `prepare(query).bind(...)`, whose `first`, `all`, `run` and `raw` are awaited, and `batch` of such statements.
    """

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, method: str) -> Callable[..., Awaitable[Any]]:
        if method.startswith("_"):
            raise AttributeError(method)

        def call(*arguments: Any, **options: Any) -> Awaitable[Any]:
            given = (*arguments, options) if options else arguments
            return platform().call(self._name, method, *given)

        return call

    def prepare(self, query: str) -> Statement:
        """A statement of a D1 database, with `?` for values."""
        return Statement(self._name, query)

    async def batch(self, statements: Sequence[Statement]) -> list[Row]:
        """Several statements of a D1 database, all or none, in one request."""
        found = await platform().query(self._name, [(each.query, each.values) for each in statements])
        return [{"success": True, "results": rows} for rows in found]


class Statement:
    """A statement of a D1 database. Raises ValueError where the database refuses it, OSError where it can't answer."""

    def __init__(self, binding: str, query: str, values: Sequence[Any] = ()) -> None:
        self.binding, self.query, self.values = binding, query, values

    def bind(self, *values: Any) -> Statement:
        """The statement with these values."""
        return Statement(self.binding, self.query, values)

    async def all(self) -> Row:
        """`{"success": True, "results": [a dict a row, ...]}`."""
        return {"success": True, "results": await self._rows()}

    run = all

    async def first(self, column: str | None = None) -> Any:
        """The first row, or that column of it; None where there is no row."""
        rows = await self._rows()
        return None if not rows else rows[0] if column is None else rows[0][column]

    async def raw(self) -> list[list[Any]]:
        """The rows as lists."""
        return [list(row.values()) for row in await self._rows()]

    async def _rows(self) -> list[Row]:
        (rows,) = await platform().query(self.binding, [(self.query, self.values)])
        return rows


env = Environment()
