"""`nodes.sink(...)`: where packets go."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, overload

from streamflow.dsl.auth import Auth, Signed
from streamflow.dsl.constructing import of_type
from streamflow.dsl.durations import Duration
from streamflow.dsl.kinds import SINKS
from streamflow.dsl.node import Function, Key, Node
from streamflow.dsl.nodes.terms import BatchOption, Headers, Names, Text


@overload
def sink(
    name: str,
    *,
    type: Literal["http"],
    url: Text,
    method: str = "POST",
    headers: Headers = ...,
    auth: Auth | Signed | None = None,
    batch: BatchOption | None = None,
    timeout: Duration = ...,
) -> Node: ...
@overload
def sink(
    name: str,
    *,
    type: Literal["websocket"],
    url: Text | None = None,
    headers: Headers = ...,
    auth: Auth | None = None,
    cors: Sequence[str] = (),
    key: Key | None = None,
    keep: int | None = None,
) -> Node: ...
@overload
def sink(
    name: str,
    *,
    type: Literal["database"],
    table: str,
    mode: Literal["insert", "upsert"] = "insert",
    key: str | None = None,
    columns: Sequence[str] | None = None,
) -> Node: ...
@overload
def sink(
    name: str,
    *,
    type: Literal["endpoint"],
    key: Key | None = None,
    keep: int | None = None,
    format: Literal["json", "ndjson", "prometheus"] = "json",
    auth: Auth | None = None,
    cors: Sequence[str] = (),
) -> Node: ...
@overload
def sink(
    name: str, *, type: Literal["kv"], binding: str, key: Key | None = None, ttl: Duration | None = None
) -> Node: ...
@overload
def sink(
    name: str, *, type: Literal["analytics"], binding: str, index: Key = ..., blobs: Names = ..., doubles: Names = ...
) -> Node: ...
@overload
def sink(name: str, *, type: Literal["log"]) -> Node: ...
@overload
def sink(name: str, *, type: Literal["custom"], function: Function, batch: BatchOption | None = None) -> Node: ...
def sink(name: str, **options: Any) -> Node:
    """Where packets go. `type` is http, websocket, database, endpoint, kv, analytics, log or custom."""
    return of_type("sink", name, "type", SINKS, options)
