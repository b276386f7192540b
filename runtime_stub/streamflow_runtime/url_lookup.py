"""Lookups by HTTP: a request a key."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from streamflow_runtime.fetching import http_error, json_value
from streamflow_runtime.lookup import Lookup, name_of
from streamflow_runtime.outside import platform
from streamflow_runtime.secrets import fill

TIMEOUT = 30.0


class UrlLookup(Lookup):
    """The answer's JSON; 404 is nothing, what else is 400 or above fails. `url` has `{key}` where the key goes."""

    def __init__(self, url: Any, secrets: Mapping[str, str], cache_ttl: int | None = None) -> None:
        super().__init__(cache_ttl)
        self.url, self.secrets = url, secrets

    def question(self, key: Any) -> str:
        if isinstance(key, tuple):
            raise ValueError(f"{key!r} can't stand in a URL: a key is one value")
        return quote(name_of(key), safe="")

    async def answers(self, questions: Sequence[str]) -> Sequence[Any]:
        url = fill(self.url, self.secrets).replace("{key}", questions[0])
        status, _, body = await platform().fetch("GET", url, {"accept": "application/json"}, None, TIMEOUT)
        if status == 404:
            return [None]
        if status >= 400:
            raise http_error(f"GET {url}", status)
        return [json_value(body)]
