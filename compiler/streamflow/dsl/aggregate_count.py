"""Aggregate over `size` packets, every `slide` packets."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field, model_validator

from streamflow.dsl.aggregate import AggregateOptions
from streamflow.dsl.node import Unfit


class CountAggregateOptions(AggregateOptions):
    """A result at `size` packets of a key, and at every `slide` more.

    An unfinished rest is kept; with `partial` it is sent at the end of input.
    """

    kind: ClassVar[str] = "aggregate.count"

    size: int = Field(ge=1, examples=["size=100"])
    slide: int | None = Field(None, ge=1, examples=["slide=10"])
    partial: bool = Field(False, examples=["partial=True"])

    @model_validator(mode="after")
    def _fits_size(self) -> CountAggregateOptions:
        if self.slide is not None and self.slide > self.size:
            message = "`slide` must not be larger than `size`: packets between two windows would be in none"
            raise Unfit(message, f"write slide={self.size} or less")
        return self
