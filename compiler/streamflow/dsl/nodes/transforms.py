"""`nodes.transform(...)` and the other nodes that make new packets of those that come."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Unpack

from streamflow.dsl.constructing import constructor
from streamflow.dsl.durations import Duration
from streamflow.dsl.error_handling import ErrorHandling
from streamflow.dsl.lookups import D1, Kv, Table
from streamflow.dsl.node import Function, Key, Node
from streamflow.dsl.secrets import Secret
from streamflow.dsl.transform import TransformOptions
from streamflow.dsl.transform_convert import ConvertOptions, SourceFormat, TargetFormat
from streamflow.dsl.transform_enrich import EnrichOptions
from streamflow.dsl.transform_flat_map import FlatMapOptions
from streamflow.dsl.transform_stateful_map import StatefulMapOptions


@constructor(TransformOptions)
def transform(
    name: str,
    *,
    function: Function,
    concurrency: int = 16,
    ordered: bool = True,
    timeout: Duration | None = None,
    **errors: Unpack[ErrorHandling],
) -> Node:
    """Map one value to another; None emits nothing. An async function runs as a stage of its own."""
    raise NotImplementedError


@constructor(FlatMapOptions)
def flat_map(name: str, *, function: Function, **errors: Unpack[ErrorHandling]) -> Node:
    """Zero or more values for one: each that `function(data)` returns or yields, without those that are None."""
    raise NotImplementedError


@constructor(StatefulMapOptions)
def stateful_map(
    name: str,
    *,
    function: Function,
    key: Key | None = None,
    initial: Any = None,
    ttl: Duration | None = None,
    on_expire: Function | None = None,
    **errors: Unpack[ErrorHandling],
) -> Node:
    """`function(state, data)` gives `(state, output)`, with a durable state a key. None forgets, None emits nothing."""
    raise NotImplementedError


@constructor(EnrichOptions)
def enrich(
    name: str,
    *,
    lookup: Mapping[Any, Any] | str | Secret | Kv | D1 | Table,
    key: Key,
    into: str,
    cache_ttl: Duration | None = None,
    **errors: Unpack[ErrorHandling],
) -> Node:
    """Put what `lookup` has for the record's key into its field `into`; unknown keys leave by `missing`."""
    raise NotImplementedError


@constructor(ConvertOptions)
def convert(
    name: str,
    *,
    source_format: SourceFormat,
    target_format: TargetFormat,
    measurement: str | None = None,
    key: str | tuple[str, ...] | None = None,
    tags: Sequence[str] = (),
    columns: Sequence[str] | None = None,
    header: bool = True,
    delimiter: str = ",",
    **errors: Unpack[ErrorHandling],
) -> Node:
    """Text or bytes of one format in, of another out; what can't be converted leaves by `invalid`."""
    raise NotImplementedError
