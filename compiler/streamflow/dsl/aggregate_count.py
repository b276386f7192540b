"""Aggregate over every `size` packets."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from streamflow.dsl.aggregate import AggregateOptions


class CountAggregateOptions(AggregateOptions):
    """A result at every `size` packets of a key; an unfinished rest is kept."""

    kind: ClassVar[str] = "aggregate.count"

    size: int = Field(ge=1, examples=["size=100"])
