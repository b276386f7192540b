"""`nodes.source(...)`: where packets come from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, Unpack, overload

from streamflow.dsl.auth import Auth, Signed
from streamflow.dsl.constructing import named, of_type
from streamflow.dsl.durations import Duration
from streamflow.dsl.kinds import SOURCES
from streamflow.dsl.node import Function, Node
from streamflow.dsl.nodes.terms import Headers, Reading, SourceFormat, Text


@overload
def source(
    name: str,
    *,
    type: Literal["websocket"],
    url: Text | Function | None = None,
    headers: Headers = ...,
    auth: Auth | None = None,
    cors: Sequence[str] = (),
    metadata: Sequence[str] = (),
    subscribe: Any = None,
    heartbeat: Duration | None = None,
    reconnect: Duration | None = None,
    format: SourceFormat = ...,
    **reading: Unpack[Reading],
) -> Node: ...
@overload
def source(
    name: str,
    *,
    type: Literal["sse"],
    url: Text | Function,
    headers: Headers = ...,
    auth: Auth | None = None,
    format: SourceFormat = ...,
    **reading: Unpack[Reading],
) -> Node: ...
@overload
def source(
    name: str,
    *,
    type: Literal["http"],
    url: Text | Function,
    interval: Duration,
    method: Literal["GET", "POST"] = "GET",
    headers: Headers = ...,
    auth: Auth | None = None,
    items: str | None = None,
    format: SourceFormat = ...,
    **reading: Unpack[Reading],
) -> Node: ...
@overload
def source(
    name: str,
    *,
    type: Literal["http", "webhook"],
    path: str = ...,
    auth: Auth | Signed | None = None,
    cors: Sequence[str] = (),
    metadata: Sequence[str] = (),
    format: SourceFormat = ...,
    **reading: Unpack[Reading],
) -> Node: ...
@overload
def source(
    name: str,
    *,
    type: Literal["timer"],
    interval: Duration = ...,
    cron: str = ...,
    function: Function | None = None,
    catch_up: bool = False,
    **reading: Unpack[Reading],
) -> Node: ...
@overload
def source(
    name: str,
    *,
    type: Literal["queue"],
    binding: str,
    format: SourceFormat = ...,
    **reading: Unpack[Reading],
) -> Node: ...
@overload
def source(
    name: str,
    *,
    type: Literal["manual"],
    **reading: Unpack[Reading],
) -> Node: ...
@named
def source(name: str, **options: Any) -> Node:
    """Where packets come from. `type` is websocket, sse, http, webhook, timer, queue or manual."""
    if options.get("type") == "http" and "url" not in options:
        options["type"] = "webhook"
    return of_type("source", name, "type", SOURCES, options)
