"""Lookups in a D1 database: the queries of many keys in one request."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from streamflow_runtime.lookup import Lookup
from streamflow_runtime.outside import platform

LARGEST = 2**53


class D1Lookup(Lookup):
    """The first row that `query` finds, as a dict; its `?` are the key, or the parts of a key that is a tuple."""

    most = 50
    concurrency = 200

    def __init__(self, binding: str, query: str, cache_ttl: int | None = None) -> None:
        super().__init__(cache_ttl)
        self.binding, self.query = binding, query

    def question(self, key: Any) -> list[Any]:
        return [*map(stored, key if isinstance(key, tuple) else (key,))]

    async def answers(self, questions: Sequence[list[Any]]) -> Sequence[Any]:
        found = await platform().query(self.binding, [(self.query, values) for values in questions])
        return [rows[0] if rows else None for rows in found]


def stored(key: Any) -> Any:
    """A part of a key as a database has it, where booleans are numbers. Raises ValueError."""
    if isinstance(key, int) and not -LARGEST <= key <= LARGEST:
        raise ValueError(f"{key} can't be looked up: beyond 2**53 a number is not exact there")
    return int(key) if isinstance(key, bool) else key
