"""Types that the options of several kinds share."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any, Literal, TypedDict

from streamflow.dsl.agg import Aggregation
from streamflow.dsl.durations import Duration
from streamflow.dsl.error_handling import ErrorHandling, RetryPolicyOptions
from streamflow.dsl.node import Function, Key
from streamflow.dsl.secrets import Secret

Text = str | Secret
Names = Sequence[str]
Headers = Mapping[str, Text]
Early = int | str | timedelta
Assigner = Callable[[Any], Sequence[tuple[float, float]]]
Schema = type | Mapping[str, Any]
BatchOption = int | Mapping[str, Any]


class Reading(ErrorHandling, total=False):
    """What all sources take."""

    schema: Schema | None
    timestamp: str | Function | None
    key: Key | None
    out_of_orderness: Duration
    idle_timeout: Duration | None
    max_ahead: Duration | None
    dedupe_key: Key | None
    dedupe_within: Duration


class Aggregating(ErrorHandling, total=False):
    """What all aggregates take but global ones, which hold no packets."""

    key: Key | None
    function: Function | None
    aggregates: Mapping[str, Aggregation] | None


class TimedAggregating(Aggregating, total=False):
    """What aggregates take whose windows end in time."""

    allowed_lateness: Duration
    early: Early | None


class Joining(ErrorHandling, total=False):
    """What all joins take."""

    key: Key | None
    how: Literal["inner", "left", "outer"]
    function: Function | None


class Batching(TypedDict, total=False):
    """What all sinks take."""

    batch: BatchOption | None


class Sending(Batching, total=False):
    """What all sinks take whose outputs wait until they are delivered."""

    concurrency: int
    ordered: bool
    retry_policy: RetryPolicyOptions | None
    overflow: Literal["refuse", "drop_oldest", "drop_newest"]


SourceFormat = Literal["json", "ndjson", "csv", "msgpack", "prometheus", "influx", "form"]
