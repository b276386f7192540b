"""Lookups in a Workers KV namespace: up to a hundred keys a request."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from streamflow_runtime.fetching import json_value
from streamflow_runtime.lookup import Lookup, name_of
from streamflow_runtime.outside import platform

LONGEST_NAME = 512


class KvLookup(Lookup):
    """The entry's JSON, or its text where that is no JSON."""

    most = 100
    concurrency = 200

    def __init__(self, binding: str, cache_ttl: int | None = None) -> None:
        super().__init__(cache_ttl)
        self.binding = binding

    def question(self, key: Any) -> str:
        name = name_of(key)
        if len(name.encode()) > LONGEST_NAME:
            raise ValueError(f"{name[:40]!r}... can't be looked up: a name in KV has at most {LONGEST_NAME} bytes")
        return name

    async def answers(self, questions: Sequence[str]) -> Sequence[Any]:
        found = await platform().call(self.binding, "get", list(questions))
        return [_value(found.get(name)) for name in questions]


def _value(text: str | None) -> Any:
    if text is None:
        return None
    try:
        return json_value(text.encode())
    except ValueError:
        return text
