"""`nodes.aggregate(...)`: one result a window."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, Unpack, overload

from streamflow.dsl.agg import Aggregation
from streamflow.dsl.aggregate_custom import CustomAggregateOptions
from streamflow.dsl.constructing import named, of_type
from streamflow.dsl.durations import Duration
from streamflow.dsl.error_handling import ErrorHandling
from streamflow.dsl.kinds import AGGREGATES
from streamflow.dsl.node import Key, Node, make_node
from streamflow.dsl.nodes.terms import Aggregating, Assigner, Early, TimedAggregating


@overload
def aggregate(
    name: str,
    *,
    window: Literal["time"],
    duration: Duration,
    slide: Duration | None = None,
    offset: Duration = 0,
    **aggregating: Unpack[TimedAggregating],
) -> Node: ...
@overload
def aggregate(
    name: str,
    *,
    window: Literal["count"],
    size: int,
    slide: int | None = None,
    partial: bool = False,
    early: Early | None = None,
    **aggregating: Unpack[Aggregating],
) -> Node: ...
@overload
def aggregate(
    name: str,
    *,
    window: Literal["session"],
    gap: Duration,
    max_duration: Duration | None = None,
    **aggregating: Unpack[TimedAggregating],
) -> Node: ...
@overload
def aggregate(
    name: str,
    *,
    window: Literal["rolling"],
    duration: Duration,
    into: str | None = None,
    **aggregating: Unpack[Aggregating],
) -> Node: ...
@overload
def aggregate(
    name: str,
    *,
    window: Literal["rolling"],
    size: int,
    into: str | None = None,
    **aggregating: Unpack[Aggregating],
) -> Node: ...
@overload
def aggregate(
    name: str,
    *,
    window: Literal["global"],
    aggregates: Mapping[str, Aggregation],
    key: Key | None = None,
    early: Early | None = None,
    **errors: Unpack[ErrorHandling],
) -> Node: ...
@overload
def aggregate(
    name: str,
    *,
    window: Assigner,
    **aggregating: Unpack[TimedAggregating],
) -> Node: ...
@named
def aggregate(name: str, **options: Any) -> Node:
    """One result a window.

    `window` is time (tumbling or sliding), count, session, rolling (a result a packet), global (never closes), or a
    function that gives the windows of a packet.
    """
    if callable(options.get("window")):
        return make_node(CustomAggregateOptions, name, options)
    return of_type("aggregate", name, "window", AGGREGATES, options)
