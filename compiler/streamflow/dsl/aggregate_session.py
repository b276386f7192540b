"""Aggregate over sessions: activity of a key that a gap of inactivity closes."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field, model_validator

from streamflow.dsl.aggregate import TimedAggregateOptions
from streamflow.dsl.durations import written
from streamflow.dsl.node import PositiveMilliseconds, Unfit


class SessionAggregateOptions(TimedAggregateOptions):
    """A session covers `[first, last + gap)`; a packet between two sessions merges them."""

    kind: ClassVar[str] = "aggregate.session"

    gap: PositiveMilliseconds = Field(examples=['gap="30m"'])
    max_duration: PositiveMilliseconds | None = Field(None, examples=['max_duration="4h"'])

    @model_validator(mode="after")
    def _longer_than_gap(self) -> SessionAggregateOptions:
        if self.max_duration is not None and self.max_duration < self.gap:
            message = "`max_duration` must be at least `gap`: a session of one packet is as long as that"
            raise Unfit(message, f"write max_duration={written(self.gap)} or more, or a smaller gap")
        return self

    @model_validator(mode="after")
    def _custom_merges(self) -> SessionAggregateOptions:
        for name, aggregation in (self.aggregates or {}).items():
            if aggregation.kind == "custom" and "merge" not in aggregation.functions:
                message = f"`aggregates` {name!r}: sessions merge, so agg.custom needs `merge=` here"
                raise Unfit(message, "write agg.custom(..., merge=lambda a, b: ...)")
        return self
