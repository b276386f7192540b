"""Join all packets of a key that lie in the same tumbling window."""

from __future__ import annotations

from math import fmod
from typing import ClassVar, Literal

from pydantic import Field, model_validator

from streamflow.dsl.durations import written
from streamflow.dsl.join import JoinOptions
from streamflow.dsl.node import Milliseconds, PositiveMilliseconds, Unfit


class WindowJoinOptions(JoinOptions):
    """Windows `[start, start + duration)`, as of an aggregate over time."""

    kind: ClassVar[str] = "join.window"

    window: Literal["time"] = Field(examples=['window="time", duration="1h"'])
    duration: PositiveMilliseconds = Field(examples=['duration="1h"'])
    offset: Milliseconds = Field(0, examples=['offset="30m"'])

    @model_validator(mode="after")
    def _offset_below_duration(self) -> WindowJoinOptions:
        if abs(self.offset) >= self.duration:
            rest = written(int(fmod(self.offset, self.duration)))
            raise Unfit("`offset` must be smaller than `duration`", f"write offset={rest}, which moves them as much")
        return self
