"""Options that every aggregate has."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar

from pydantic import BeforeValidator, Field, field_validator, model_validator

from streamflow.dsl.agg import Aggregation
from streamflow.dsl.durations import milliseconds
from streamflow.dsl.node import Function, Key, NotNegativeMilliseconds, Options, Unfit


def _early(value: object) -> dict[str, int] | None:
    """`{"count": n}` or `{"interval": ms}`."""
    if value is None:
        return None
    if isinstance(value, (bool, float)):
        raise ValueError(f'{value!r} is neither a number of packets (10) nor an interval ("10s", or a timedelta)')
    how, number = ("count", value) if isinstance(value, int) else ("interval", milliseconds(value))  # type: ignore[arg-type]
    if number < 1:
        raise ValueError("must be at least 1 packet or 1 ms")
    return {how: number}


Early = Annotated[dict[str, int] | None, BeforeValidator(_early)]


class AggregateOptions(Options):
    """What a window gives: `function(packets)` of its packets in event-time order, or `aggregates` of their fields.

    One parameter more of the function gets the `Window`.
    """

    extra: ClassVar[Mapping[str, str]] = {"function": "window"}

    absent: ClassVar[Mapping[str, str]] = {
        "allowed_lateness": "no packet is late for it, for no watermark closes its windows",
        "early": "it has a result at every packet",
    }

    key: Key | None = Field(None, examples=['key="account"'])
    function: Function | None = Field(None, examples=['function=lambda packets: {"count": len(packets)}'])
    aggregates: dict[str, Any] | None = Field(None, examples=['aggregates={"total": agg.sum("amount")}'])

    @field_validator("aggregates")
    @classmethod
    def _are_aggregations(cls, aggregates: dict[str, Any] | None) -> dict[str, Any] | None:
        for name, aggregation in (aggregates or {}).items():
            if not isinstance(aggregation, Aggregation):
                raise ValueError(f"has {aggregation!r} as {name!r}: write agg.sum, agg.count and so on")
        if aggregates is not None and not aggregates:
            raise ValueError("needs at least one entry")
        return aggregates

    @model_validator(mode="after")
    def _one_of_both(self) -> AggregateOptions:
        written = 'write function=lambda packets: ..., or aggregates={"total": agg.sum("amount")}'
        if self.function is None and self.aggregates is None:
            raise Unfit("needs `function` or `aggregates`", written)
        if self.function is not None and self.aggregates is not None:
            raise Unfit("takes `function` or `aggregates`, not both", "leave one of them out")
        return self


class TimedAggregateOptions(AggregateOptions):
    """What aggregates have whose windows end by the watermark."""

    ports: ClassVar[tuple[str, ...]] = ("out", "late", "error")

    allowed_lateness: NotNegativeMilliseconds = Field(0, examples=['allowed_lateness="10m"'])
    early: Early = Field(None, examples=["early=100"])
