"""`nodes.source(...)`, `nodes.transform(...)` and the rest: one constructor a family, typed for every kind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Literal, overload

from streamflow.diagnostics import Diagnostic
from streamflow.dsl.agg import Aggregation
from streamflow.dsl.auth import Auth, Signed
from streamflow.dsl.constructing import constructor as _constructor
from streamflow.dsl.constructing import of_type as _of_type
from streamflow.dsl.durations import Duration
from streamflow.dsl.filter import FilterOptions
from streamflow.dsl.filter_dedupe import DedupeOptions
from streamflow.dsl.filter_rate_limit import RateLimitOptions
from streamflow.dsl.filter_route import RouteOptions
from streamflow.dsl.filter_sample import SampleOptions
from streamflow.dsl.filter_validate import ValidateOptions
from streamflow.dsl.kinds import AGGREGATES, JOINS, SINKS, SOURCES
from streamflow.dsl.node import Function, Key, Node, make_node
from streamflow.dsl.problems import caller_span, report
from streamflow.dsl.secrets import Secret
from streamflow.dsl.transform import TransformOptions
from streamflow.dsl.transform_enrich import EnrichOptions
from streamflow.dsl.transform_flat_map import FlatMapOptions
from streamflow.dsl.transform_stateful_map import StatefulMapOptions

Text = str | Secret
Names = Sequence[str]
Headers = Mapping[str, Text]
Early = int | str | timedelta
Schema = type | Mapping[str, Any]
BatchOption = int | Mapping[str, Any]


@overload
def source(
    name: str,
    *,
    type: Literal["websocket"],
    url: Text | None = None,
    headers: Headers = ...,
    auth: Auth | None = None,
    cors: Sequence[str] = (),
    subscribe: Any = None,
    schema: Schema | None = None,
    timestamp: str | Function | None = None,
    key: Key | None = None,
    out_of_orderness: Duration = 0,
    dedupe_key: Key | None = None,
    dedupe_within: Duration = ...,
) -> Node: ...
@overload
def source(
    name: str,
    *,
    type: Literal["sse"],
    url: Text,
    headers: Headers = ...,
    auth: Auth | None = None,
    schema: Schema | None = None,
    timestamp: str | Function | None = None,
    key: Key | None = None,
    out_of_orderness: Duration = 0,
    dedupe_key: Key | None = None,
    dedupe_within: Duration = ...,
) -> Node: ...
@overload
def source(
    name: str,
    *,
    type: Literal["http"],
    url: Text,
    interval: Duration,
    method: str = "GET",
    headers: Headers = ...,
    auth: Auth | None = None,
    items: str | None = None,
    schema: Schema | None = None,
    timestamp: str | Function | None = None,
    key: Key | None = None,
    out_of_orderness: Duration = 0,
    dedupe_key: Key | None = None,
    dedupe_within: Duration = ...,
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
    schema: Schema | None = None,
    timestamp: str | Function | None = None,
    key: Key | None = None,
    out_of_orderness: Duration = 0,
    dedupe_key: Key | None = None,
    dedupe_within: Duration = ...,
) -> Node: ...
@overload
def source(
    name: str,
    *,
    type: Literal["timer"],
    interval: Duration,
    function: Function | None = None,
    catch_up: bool = False,
    schema: Schema | None = None,
    timestamp: str | Function | None = None,
    key: Key | None = None,
    out_of_orderness: Duration = 0,
    dedupe_key: Key | None = None,
    dedupe_within: Duration = ...,
) -> Node: ...
@overload
def source(
    name: str,
    *,
    type: Literal["manual"],
    schema: Schema | None = None,
    timestamp: str | Function | None = None,
    key: Key | None = None,
    out_of_orderness: Duration = 0,
    dedupe_key: Key | None = None,
    dedupe_within: Duration = ...,
) -> Node: ...
def source(name: str, **options: Any) -> Node:
    """Where packets come from. `type` is websocket, sse, http, webhook, timer or manual."""
    if options.get("type") == "http" and "url" not in options:
        options["type"] = "webhook"
    return _of_type("source", name, "type", SOURCES, options)


@_constructor(TransformOptions)
def transform(
    name: str, *, function: Function, concurrency: int = 16, ordered: bool = True, timeout: Duration | None = None
) -> Node:
    """Map one value to another; None emits nothing. An async function runs as a stage of its own."""
    raise NotImplementedError


@_constructor(FlatMapOptions)
def flat_map(name: str, *, function: Function) -> Node:
    """Zero or more values for one: each that `function(data)` returns or yields, without those that are None."""
    raise NotImplementedError


@_constructor(StatefulMapOptions)
def stateful_map(
    name: str,
    *,
    function: Function,
    key: Key | None = None,
    initial: Any = None,
    ttl: Duration | None = None,
    on_expire: Function | None = None,
) -> Node:
    """`function(state, data)` gives `(state, output)`, with a durable state a key. None forgets, None emits nothing."""
    raise NotImplementedError


@_constructor(EnrichOptions)
def enrich(name: str, *, lookup: Mapping[Any, Any], key: Key, into: str) -> Node:
    """Put what `lookup` has for the record's key into its field `into`; unknown keys leave by `missing`."""
    raise NotImplementedError


@_constructor(FilterOptions)
def filter(name: str, *, function: Function) -> Node:
    """Keep the packets for which `function(data)` is true; the others leave by `rejected`."""
    raise NotImplementedError


@overload
def route(name: str, *, cases: Mapping[str, Function], default: str | None = None) -> Node: ...
@overload
def route(name: str, *, function: Function, default: str | None = None) -> Node: ...
def route(name: str, **options: Any) -> Node:
    """Send each packet by one port: of the first of `cases` that is true, or the one that `function` names."""
    return make_node(RouteOptions, name, options)


@_constructor(ValidateOptions)
def validate(name: str, *, schema: Schema) -> Node:
    """Let pass what fits a pydantic model, TypedDict, dataclass or JSON Schema; the rest leaves by `invalid`."""
    raise NotImplementedError


@_constructor(SampleOptions)
def sample(
    name: str, *, rate: float | None = None, every: int | None = None, key: Key | None = None, seed: int = 0
) -> Node:
    """Keep a share of the keys or of the packets, or every n-th packet; the others leave by `rejected`."""
    raise NotImplementedError


@_constructor(RateLimitOptions)
def rate_limit(
    name: str,
    *,
    limit: int,
    per: Duration,
    key: Key | None = None,
    burst: int | None = None,
    overflow: Literal["drop"] = "drop",
) -> Node:
    """A token bucket, one a key, that starts full; packets without a token leave by `limited`."""
    raise NotImplementedError


@_constructor(DedupeOptions)
def dedupe(name: str, *, key: Key, within: Duration) -> Node:
    """The first packet of a key within a span that starts at it; the others leave by `duplicate`."""
    raise NotImplementedError


@overload
def aggregate(
    name: str,
    *,
    window: Literal["time"],
    duration: Duration,
    function: Function | None = None,
    aggregates: Mapping[str, Aggregation] | None = None,
    slide: Duration | None = None,
    offset: Duration = 0,
    key: Key | None = None,
    allowed_lateness: Duration = 0,
    early: Early | None = None,
) -> Node: ...
@overload
def aggregate(
    name: str,
    *,
    window: Literal["count"],
    size: int,
    function: Function | None = None,
    aggregates: Mapping[str, Aggregation] | None = None,
    key: Key | None = None,
) -> Node: ...
@overload
def aggregate(
    name: str,
    *,
    window: Literal["session"],
    gap: Duration,
    function: Function | None = None,
    aggregates: Mapping[str, Aggregation] | None = None,
    max_duration: Duration | None = None,
    key: Key | None = None,
    allowed_lateness: Duration = 0,
    early: Early | None = None,
) -> Node: ...
def aggregate(name: str, **options: Any) -> Node:
    """One result a window. `window` is time (tumbling or sliding), count or session."""
    return _of_type("aggregate", name, "window", AGGREGATES, options)


@overload
def join(
    name: str,
    *,
    within: Duration | tuple[Duration, Duration],
    key: Key | None = None,
    how: Literal["inner", "left", "outer"] = "inner",
    function: Function | None = None,
) -> Node: ...
@overload
def join(
    name: str,
    *,
    window: Literal["time"],
    duration: Duration,
    offset: Duration = 0,
    key: Key | None = None,
    how: Literal["inner", "left", "outer"] = "inner",
    function: Function | None = None,
) -> Node: ...
@overload
def join(
    name: str,
    *,
    latest: Literal[True] | Duration,
    key: Key | None = None,
    how: Literal["inner", "left", "outer"] = "inner",
    function: Function | None = None,
) -> Node: ...
def join(name: str, **options: Any) -> Node:
    """Pairs of a key from `name.left` and `name.right`: `within` a span, in a `window`, or with the `latest`."""
    given = [kind for kind in JOINS if options.get(kind) is not None]
    if len(given) == 1:
        unused = [kind for kind in JOINS if kind in options and kind not in given]
        return make_node(JOINS[given[0]], name, {key: value for key, value in options.items() if key not in unused})
    if given:
        listed = " and ".join(f"`{kind}`" for kind in given)
        report(Diagnostic("SF004", caller_span(), f"join `{name}`: {listed} exclude each other", "give one of them"))
    else:
        help = " or ".join(str(JOINS[kind].model_fields[kind].examples[0]) for kind in JOINS)  # type: ignore[index]
        message = f"join `{name}` needs one of the options {', '.join(f'`{kind}`' for kind in JOINS)}"
        report(Diagnostic("SF002", caller_span(), message, f"write {help}"))
    return Node(name, "join", None, caller_span())


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
    return _of_type("sink", name, "type", SINKS, options)
