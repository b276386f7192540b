"""Types that the options of several kinds share."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any, Literal, TypedDict

from streamflow.dsl.durations import Duration
from streamflow.dsl.secrets import Secret

Text = str | Secret
Names = Sequence[str]
Headers = Mapping[str, Text]
Early = int | str | timedelta
Assigner = Callable[[Any], Sequence[tuple[float, float]]]
Schema = type | Mapping[str, Any]
BatchOption = int | Mapping[str, Any]


class RetryPolicy(TypedDict, total=False):
    """Tries after the first, and the pauses between them."""

    max_retries: int
    backoff_multiplier: float
    initial_delay: Duration
    max_delay: Duration
    jitter: float


class Sending(TypedDict, total=False):
    """What all sinks take whose outputs wait until they are delivered."""

    batch: BatchOption | None
    concurrency: int
    ordered: bool
    retry_policy: RetryPolicy | None
    overflow: Literal["refuse", "drop_oldest", "drop_newest"]


SourceFormat = Literal["json", "ndjson", "csv", "msgpack", "prometheus", "influx", "form"]
