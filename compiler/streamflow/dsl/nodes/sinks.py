"""`nodes.sink(...)`: where packets go."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, Unpack, overload

from streamflow.dsl.auth import Auth, Signed
from streamflow.dsl.constructing import named, of_type
from streamflow.dsl.durations import Duration
from streamflow.dsl.kinds import SINKS
from streamflow.dsl.node import Function, Key, Node
from streamflow.dsl.nodes.terms import Batching, Headers, Names, Sending, Text


@overload
def sink(
    name: str,
    *,
    type: Literal["http"],
    url: Text,
    method: Literal["DELETE", "PATCH", "POST", "PUT"] = "POST",
    headers: Headers = ...,
    auth: Auth | Signed | None = None,
    timeout: Duration = ...,
    **sending: Unpack[Sending],
) -> Node: ...
@overload
def sink(
    name: str,
    *,
    type: Literal["websocket"],
    url: Text,
    headers: Headers = ...,
    auth: Auth | None = None,
    **sending: Unpack[Sending],
) -> Node: ...
@overload
def sink(
    name: str,
    *,
    type: Literal["websocket"],
    auth: Auth | None = None,
    cors: Sequence[str] = (),
    key: Key | None = None,
    keep: int | None = None,
    **batching: Unpack[Batching],
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
    delete: Function | None = None,
    **batching: Unpack[Batching],
) -> Node: ...
@overload
def sink(
    name: str,
    *,
    type: Literal["database"],
    binding: str,
    table: str,
    mode: Literal["insert", "upsert"] = "insert",
    key: str | None = None,
    columns: Sequence[str] | None = None,
    delete: Function | None = None,
    **sending: Unpack[Sending],
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
    **batching: Unpack[Batching],
) -> Node: ...
@overload
def sink(
    name: str,
    *,
    type: Literal["kv"],
    binding: str,
    key: Key | None = None,
    ttl: Duration | None = None,
    **sending: Unpack[Sending],
) -> Node: ...
@overload
def sink(
    name: str,
    *,
    type: Literal["r2"],
    binding: str,
    path: str | Function = ...,
    format: Literal["json", "ndjson"] = "json",
    compress: Literal["gzip"] | None = None,
    **sending: Unpack[Sending],
) -> Node: ...
@overload
def sink(
    name: str,
    *,
    type: Literal["queue"],
    binding: str,
    delay: Duration | None = None,
    **sending: Unpack[Sending],
) -> Node: ...
@overload
def sink(
    name: str,
    *,
    type: Literal["analytics"],
    binding: str,
    index: Key = ...,
    blobs: Names = ...,
    doubles: Names = ...,
    **sending: Unpack[Sending],
) -> Node: ...
@overload
def sink(name: str, *, type: Literal["log"], **batching: Unpack[Batching]) -> Node: ...
@overload
def sink(name: str, *, type: Literal["custom"], function: Function, **sending: Unpack[Sending]) -> Node: ...
@named
def sink(name: str, **options: Any) -> Node:
    """Where packets go. `type` is http, websocket, database, endpoint, kv, r2, queue, analytics, log or custom."""
    return of_type("sink", name, "type", SINKS, options)
