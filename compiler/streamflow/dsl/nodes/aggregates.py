"""`nodes.aggregate(...)`: one result a window."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, overload

from streamflow.dsl.agg import Aggregation
from streamflow.dsl.aggregate_custom import CustomAggregateOptions
from streamflow.dsl.constructing import of_type
from streamflow.dsl.durations import Duration
from streamflow.dsl.kinds import AGGREGATES
from streamflow.dsl.node import Function, Key, Node, make_node
from streamflow.dsl.nodes.terms import Assigner, Early


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
    slide: int | None = None,
    partial: bool = False,
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
@overload
def aggregate(
    name: str,
    *,
    window: Literal["rolling"],
    duration: Duration,
    function: Function | None = None,
    aggregates: Mapping[str, Aggregation] | None = None,
    into: str | None = None,
    key: Key | None = None,
) -> Node: ...
@overload
def aggregate(
    name: str,
    *,
    window: Literal["rolling"],
    size: int,
    function: Function | None = None,
    aggregates: Mapping[str, Aggregation] | None = None,
    into: str | None = None,
    key: Key | None = None,
) -> Node: ...
@overload
def aggregate(
    name: str,
    *,
    window: Literal["global"],
    aggregates: Mapping[str, Aggregation],
    key: Key | None = None,
    early: Early | None = None,
) -> Node: ...
@overload
def aggregate(
    name: str,
    *,
    window: Assigner,
    function: Function | None = None,
    aggregates: Mapping[str, Aggregation] | None = None,
    key: Key | None = None,
    allowed_lateness: Duration = 0,
    early: Early | None = None,
) -> Node: ...
def aggregate(name: str, **options: Any) -> Node:
    """One result a window.

    `window` is time (tumbling or sliding), count, session, rolling (a result a packet), global (never closes), or a
    function that gives the windows of a packet.
    """
    if callable(options.get("window")):
        return make_node(CustomAggregateOptions, name, options)
    return of_type("aggregate", name, "window", AGGREGATES, options)
