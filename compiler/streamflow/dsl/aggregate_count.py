"""Aggregate over `size` packets, every `slide` packets."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field, model_validator

from streamflow.dsl.aggregate import AggregateOptions, Early
from streamflow.dsl.node import Unfit


class CountAggregateOptions(AggregateOptions):
    """A result at `size` packets of a key, and at every `slide` more.

    An unfinished rest is kept; with `partial` it is sent at the end of input. `early` sends results before.
    """

    kind: ClassVar[str] = "aggregate.count"

    size: int = Field(ge=1, examples=["size=100"])
    slide: int | None = Field(None, ge=1, examples=["slide=10"])
    partial: bool = Field(False, examples=["partial=True"])

    early: Early = Field(None, examples=["early=10"])

    @model_validator(mode="after")
    def _fits_size(self) -> CountAggregateOptions:
        if self.slide is not None and self.slide > self.size:
            message = "`slide` must not be larger than `size`: packets between two windows would be in none"
            raise Unfit(message, f"write slide={self.size} or less")
        if self.early is not None and self.slide not in (None, self.size):
            message = "takes `slide` or `early`, not both: windows that overlap have results in between"
            raise Unfit(message, "leave one of them out")
        return self
