"""Join packets that are at most a span apart."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

from pydantic import BeforeValidator, Field

from streamflow.dsl.durations import milliseconds
from streamflow.dsl.join import JoinOptions


def _span(value: Any) -> tuple[int, int]:
    """How much older and how much younger right may be than left: one span for both, or a pair."""
    if not isinstance(value, (tuple, list)):
        value = (value, value)
    if len(value) != 2:
        raise ValueError("is one span, or a pair (before, after)")
    before, after = milliseconds(value[0]), milliseconds(value[1])
    if before < 0 or after < 0:
        raise ValueError("a span can't be negative")
    return before, after


class WithinJoinOptions(JoinOptions):
    """`within`: right at most `before` older and `after` younger than left, both inclusive."""

    kind: ClassVar[str] = "join.within"

    within: Annotated[tuple[int, int], BeforeValidator(_span)] = Field(examples=['within="5m"'])
