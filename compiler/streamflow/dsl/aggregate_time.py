"""Aggregate over tumbling windows of time, aligned to the epoch."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field, model_validator

from streamflow.dsl.aggregate import AggregateOptions
from streamflow.dsl.node import Milliseconds, PositiveMilliseconds


class TimeAggregateOptions(AggregateOptions):
    """Windows `[start, start + duration)`; `offset` moves them against the epoch."""

    kind: ClassVar[str] = "aggregate.time"
    ports: ClassVar[tuple[str, ...]] = ("out", "late", "error")

    duration: PositiveMilliseconds = Field(examples=['duration="1h"'])
    offset: Milliseconds = Field(0, examples=['offset="30m"'])

    @model_validator(mode="after")
    def _offset_below_duration(self) -> TimeAggregateOptions:
        if abs(self.offset) >= self.duration:
            raise ValueError("`offset` must be smaller than `duration`")
        return self
