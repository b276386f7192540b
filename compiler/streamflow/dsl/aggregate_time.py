"""Aggregate over windows of time, tumbling or sliding, aligned to the epoch."""

from __future__ import annotations

from math import fmod
from typing import ClassVar

from pydantic import Field, model_validator

from streamflow.dsl.aggregate import TimedAggregateOptions
from streamflow.dsl.durations import written
from streamflow.dsl.node import Milliseconds, PositiveMilliseconds, Unfit


class TimeAggregateOptions(TimedAggregateOptions):
    """Windows `[start, start + duration)`, one every `slide`; `offset` moves them against the epoch."""

    kind: ClassVar[str] = "aggregate.time"

    duration: PositiveMilliseconds = Field(examples=['duration="1h"'])
    slide: PositiveMilliseconds | None = Field(None, examples=['slide="5m"'])
    offset: Milliseconds = Field(0, examples=['offset="30m"'])

    @model_validator(mode="after")
    def _fits_duration(self) -> TimeAggregateOptions:
        if abs(self.offset) >= self.duration:
            rest = written(int(fmod(self.offset, self.duration)))
            raise Unfit("`offset` must be smaller than `duration`", f"write offset={rest}, which moves them as much")
        if self.slide is not None and self.slide > self.duration:
            message = "`slide` must not be larger than `duration`: packets between two windows would be in none"
            raise Unfit(message, f"write slide={written(self.duration)} or less")
        return self
