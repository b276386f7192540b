"""Join all packets of a key that lie in the same window."""

from __future__ import annotations

from math import fmod
from typing import ClassVar, Literal

from pydantic import Field, model_validator

from streamflow.dsl.durations import written
from streamflow.dsl.join import JoinOptions
from streamflow.dsl.node import Milliseconds, PositiveMilliseconds, Unfit

_OF_TIME, _OF_SESSIONS = ("duration", "slide", "offset"), ("gap", "max_duration")


class WindowJoinOptions(JoinOptions):
    """Windows as of an aggregate over time, or over sessions of both sides together."""

    kind: ClassVar[str] = "join.window"

    window: Literal["time", "session"] = Field(examples=['window="time", duration="1h"'])
    duration: PositiveMilliseconds | None = Field(None, examples=['duration="1h"'])
    slide: PositiveMilliseconds | None = Field(None, examples=['slide="5m"'])
    offset: Milliseconds = Field(0, examples=['offset="30m"'])
    gap: PositiveMilliseconds | None = Field(None, examples=['gap="30m"'])
    max_duration: PositiveMilliseconds | None = Field(None, examples=['max_duration="4h"'])

    @model_validator(mode="after")
    def _of_its_window(self) -> WindowJoinOptions:
        needed, others = ("duration", _OF_SESSIONS) if self.window == "time" else ("gap", _OF_TIME)
        example = str(type(self).model_fields[needed].examples[0])  # type: ignore[index]
        if getattr(self, needed) is None:
            raise Unfit(f"needs the option `{needed}` with window={self.window!r}", f"write {example}")
        for other in others:
            if getattr(self, other):
                message = f"has no option `{other}` with window={self.window!r}"
                raise Unfit(message, f"leave it out; what it takes is {example}")
        return self

    @model_validator(mode="after")
    def _fits(self) -> WindowJoinOptions:
        if self.duration is not None and abs(self.offset) >= self.duration:
            rest = written(int(fmod(self.offset, self.duration)))
            raise Unfit("`offset` must be smaller than `duration`", f"write offset={rest}, which moves them as much")
        if self.slide is not None and self.duration is not None and self.slide > self.duration:
            message = "`slide` must not be larger than `duration`: packets between two windows would be in none"
            raise Unfit(message, f"write slide={written(self.duration)} or less")
        if self.max_duration is not None and self.gap is not None and self.max_duration < self.gap:
            message = "`max_duration` must be at least `gap`: a session of one packet is as long as that"
            raise Unfit(message, f"write max_duration={written(self.gap)} or more, or a smaller gap")
        return self
