"""Timer source: one packet a tick, aligned to the epoch."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from streamflow.dsl.node import Function, PositiveMilliseconds
from streamflow.dsl.source import SourceOptions


class TimerSourceOptions(SourceOptions):
    """`function(tick)` gets the tick's number, 0 for the first; without it the packet's data is that number."""

    kind: ClassVar[str] = "source.timer"

    interval: PositiveMilliseconds = Field(examples=['interval="10s"'])
    function: Function | None = None
    catch_up: bool = False
