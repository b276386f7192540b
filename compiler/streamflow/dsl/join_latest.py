"""Join each left packet with the newest right packet so far."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, Field

from streamflow.dsl.durations import milliseconds
from streamflow.dsl.join import JoinOptions


def _oldest(value: Any) -> int | Literal[True]:
    if value is True:
        return True
    span = milliseconds(value)
    if span < 0:
        raise ValueError("a span can't be negative")
    return span


class LatestJoinOptions(JoinOptions):
    """`latest`: True, or how much older than left the newest right may be."""

    kind: ClassVar[str] = "join.latest"

    latest: Annotated[int | Literal[True], BeforeValidator(_oldest)] = Field(examples=["latest=True"])
