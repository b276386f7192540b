"""Options that every aggregate has."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar

from pydantic import BeforeValidator, Field

from streamflow.dsl.durations import milliseconds
from streamflow.dsl.node import Function, Key, NotNegativeMilliseconds, Options


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
    """`function(packets)` gets the window's packets in event-time order; one parameter more gets the `Window`."""

    extra: ClassVar[Mapping[str, str]] = {"function": "window"}

    key: Key | None = Field(None, examples=['key="account"'])
    function: Function = Field(examples=['function=lambda packets: {"count": len(packets)}'])


class TimedAggregateOptions(AggregateOptions):
    """What aggregates have whose windows end by the watermark."""

    ports: ClassVar[tuple[str, ...]] = ("out", "late", "error")

    allowed_lateness: NotNegativeMilliseconds = Field(0, examples=['allowed_lateness="10m"'])
    early: Early = Field(None, examples=["early=100"])
