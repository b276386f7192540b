"""Aggregate over what came before each packet: within a time, or a number of packets."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field, model_validator

from streamflow.dsl.aggregate import AggregateOptions
from streamflow.dsl.node import PositiveMilliseconds, Unfit


class RollingAggregateOptions(AggregateOptions):
    """One result a packet, over the packets in `(t - duration, t]` or the last `size`, itself included.

    `into` puts the result into the packet's data, under that name.
    """

    kind: ClassVar[str] = "aggregate.rolling"

    duration: PositiveMilliseconds | None = Field(None, examples=['duration="5m"'])
    size: int | None = Field(None, ge=1, examples=["size=20"])
    into: str | None = Field(None, min_length=1, examples=['into="average"'])

    @model_validator(mode="after")
    def _one_bound(self) -> RollingAggregateOptions:
        if (self.duration is None) == (self.size is None):
            given = "needs `duration` or `size`" if self.size is None else "takes `duration` or `size`, not both"
            raise Unfit(given, 'write duration="5m" for a time, size=20 for a number of packets')
        return self
