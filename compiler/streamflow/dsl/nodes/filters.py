"""`nodes.filter(...)` and the other nodes that choose among packets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, Unpack, overload

from streamflow.dsl.constructing import constructor, named
from streamflow.dsl.durations import Duration
from streamflow.dsl.error_handling import ErrorHandling
from streamflow.dsl.filter import FilterOptions
from streamflow.dsl.filter_dedupe import DedupeOptions
from streamflow.dsl.filter_rate_limit import RateLimitOptions
from streamflow.dsl.filter_route import RouteOptions
from streamflow.dsl.filter_sample import SampleOptions
from streamflow.dsl.filter_validate import ValidateOptions
from streamflow.dsl.node import Function, Key, Node, make_node
from streamflow.dsl.nodes.terms import Schema


@constructor(FilterOptions)
def filter(name: str, *, function: Function, **errors: Unpack[ErrorHandling]) -> Node:
    """Keep the packets for which `function(data)` is true; the others leave by `rejected`."""
    raise NotImplementedError


@overload
def route(
    name: str, *, cases: Mapping[str, Function], default: str | None = None, **errors: Unpack[ErrorHandling]
) -> Node: ...
@overload
def route(name: str, *, function: Function, default: str | None = None, **errors: Unpack[ErrorHandling]) -> Node: ...
@named
def route(name: str, **options: Any) -> Node:
    """Send each packet by one port: of the first of `cases` that is true, or the one that `function` names."""
    return make_node(RouteOptions, name, options)


@constructor(ValidateOptions)
def validate(name: str, *, schema: Schema, **errors: Unpack[ErrorHandling]) -> Node:
    """Let pass what fits a pydantic model, TypedDict, dataclass or JSON Schema; the rest leaves by `invalid`."""
    raise NotImplementedError


@constructor(SampleOptions)
def sample(
    name: str,
    *,
    rate: float | None = None,
    every: int | None = None,
    key: Key | None = None,
    seed: int = 0,
    **errors: Unpack[ErrorHandling],
) -> Node:
    """Keep a share of the keys or of the packets, or every n-th packet; the others leave by `rejected`."""
    raise NotImplementedError


@constructor(RateLimitOptions)
def rate_limit(
    name: str,
    *,
    limit: int,
    per: Duration,
    key: Key | None = None,
    burst: int | None = None,
    overflow: Literal["drop", "divert", "delay"] = "drop",
    **errors: Unpack[ErrorHandling],
) -> Node:
    """A token bucket, one a key, that starts full; packets without a token leave by `limited`, or wait for one."""
    raise NotImplementedError


@constructor(DedupeOptions)
def dedupe(name: str, *, key: Key, within: Duration, **errors: Unpack[ErrorHandling]) -> Node:
    """The first packet of a key within a span that starts at it; the others leave by `duplicate`."""
    raise NotImplementedError
