"""Enrich: what a table or a store says of a key joins the record."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, ClassVar

from pydantic import Field, field_validator, model_validator

from streamflow.dsl.bindings import checked_binding
from streamflow.dsl.lookups import D1, Kv, Table
from streamflow.dsl.node import Key, Options, PositiveMilliseconds
from streamflow.dsl.secrets import Secret
from streamflow.dsl.urls import checked_url

_PLACE = "{key}"
_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"|--[^\n]*")


class EnrichOptions(Options):
    """The value that `lookup` has for the `key` becomes the field `into`.

    A dict is there at once; everything else is asked by the host, and its answers are kept for `cache_ttl`.
    """

    kind: ClassVar[str] = "transform.enrich"
    ports: ClassVar[tuple[str, ...]] = ("out", "missing", "error")
    callbacks: ClassVar[Mapping[str, int]] = {"key": 1}

    lookup: Any = Field(
        examples=['lookup={"SE": "Sweden"}, "https://example.com/{key}", kv("NAMES") or table("names")']
    )
    key: Key = Field(examples=['key="country"'])
    into: str = Field(min_length=1, examples=['into="country_name"'])
    cache_ttl: PositiveMilliseconds | None = Field(None, examples=['cache_ttl="5m"'])

    @field_validator("lookup")
    @classmethod
    def _known(cls, lookup: Any) -> Any:
        if isinstance(lookup, Mapping):
            return _of_json(lookup)
        if isinstance(lookup, (str, Secret)):
            return _url(lookup)
        if isinstance(lookup, Kv):
            checked_binding(lookup.binding)
        elif isinstance(lookup, D1):
            checked_binding(lookup.binding)
            _check_query(lookup.query)
        elif isinstance(lookup, Table):
            _check_table(lookup)
        else:
            raise ValueError(f"can't be a {type(lookup).__name__}: it is a dict, a URL, kv(...), d1(...) or table(...)")
        return lookup

    @model_validator(mode="after")
    def _fits(self) -> EnrichOptions:
        if isinstance(self.lookup, dict) and self.cache_ttl is not None:
            raise ValueError("`cache_ttl` is for lookups that ask somebody; a dict is part of the program")
        if isinstance(self.key, tuple) and not isinstance(self.lookup, (dict, Kv, D1)):
            raise ValueError("`key` is one value for a URL and a table: name one field")
        if isinstance(self.key, tuple) and isinstance(self.lookup, D1):
            places = _places(self.lookup.query)
            if places != len(self.key):
                raise ValueError(f"the query has {places} `?` for a `key` of {len(self.key)} fields")
        return self


def _of_json(lookup: Mapping[Any, Any]) -> dict[Any, Any]:
    for key in lookup:
        parts = key if isinstance(key, tuple) else (key,)
        if not all(part is None or isinstance(part, (str, int, float, bool)) for part in parts):
            raise ValueError(f"has the key {key!r}: keys are scalars, or tuples of them")
    try:
        return {key: json.loads(json.dumps(value, allow_nan=False)) for key, value in lookup.items()}
    except (TypeError, ValueError) as error:
        raise ValueError(f"must hold JSON values: {error}") from None


def _url(url: str | Secret) -> str:
    text = str(url)
    if _PLACE not in text:
        raise ValueError(
            f"must say where the key goes: a URL with {_PLACE} in it, such as https://example.com/{_PLACE}"
        )
    return checked_url(text, "https", "http")


def _check_query(query: Any) -> None:
    if not isinstance(query, str) or not re.match(r"\s*(SELECT|WITH)\b", query, re.IGNORECASE):
        raise ValueError(f"must be a query that starts with SELECT or WITH, not {query!r}")
    if not _places(query):
        raise ValueError('must have a `?` where the key goes, such as d1("DB", "SELECT name FROM users WHERE id = ?")')


def _places(query: str) -> int:
    return _QUOTED.sub("", query).count("?")


def _check_table(table: Table) -> None:
    if not isinstance(table.name, str) or not table.name:
        raise ValueError(f"can't read the table {table.name!r}: name one")
    if table.name.lower().startswith(("_streamflow", "sqlite_")):
        raise ValueError(f"can't read {table.name!r}: names that start with `_streamflow` or `sqlite_` are taken")
    if table.column is not None and (not isinstance(table.column, str) or not table.column):
        raise ValueError(f"can't compare the column {table.column!r}: name one")
