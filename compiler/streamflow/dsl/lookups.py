"""`kv("B")`, `d1("B", "SELECT ...")`, `table("name")`: the stores that `nodes.enrich` looks into."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Kv:
    """A Workers KV namespace, by the name of its binding."""

    binding: str


@dataclass(frozen=True)
class D1:
    """A query of a D1 database, by the name of its binding; `?` in it is the key."""

    binding: str
    query: str


@dataclass(frozen=True)
class Table:
    """A table of the Durable Object's own SQLite. `column` is compared with the key, the primary key unless given."""

    name: str
    column: str | None = None


def kv(binding: str) -> Kv:
    """Look the key up in a Workers KV namespace: an entry's JSON, or its text where it is none."""
    return Kv(binding)


def d1(binding: str, query: str) -> D1:
    """Look the key up in a D1 database: the first row that the query finds, as a dict. A tuple fills several `?`."""
    return D1(binding, query)


def table(name: str, column: str | None = None) -> Table:
    """Look the key up in a table of the object's own SQLite, such as a database sink's: the newest row, as a dict.

    Where the sink stores whole records (it has no `columns`), it is the record.
    """
    return Table(name, column)
