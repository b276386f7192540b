"""Aggregate over everything that ever came: a window a key, which never closes."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field, model_validator

from streamflow.dsl.aggregate import AggregateOptions, Early
from streamflow.dsl.node import Unfit


class GlobalAggregateOptions(AggregateOptions):
    """A result by `early`, and a last one at the end of input."""

    kind: ClassVar[str] = "aggregate.global"

    early: Early = Field(None, examples=["early=100"])

    @model_validator(mode="after")
    def _holds_accumulators(self) -> GlobalAggregateOptions:
        if self.function is not None:
            message = "a global window never closes, so it would hold all packets forever: it takes no `function`"
            raise Unfit(
                message, 'write aggregates={"total": agg.sum("amount")}; agg.custom takes functions of your own'
            )
        return self
