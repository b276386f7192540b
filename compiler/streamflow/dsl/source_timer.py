"""Timer source: one packet a tick, at an interval aligned to the epoch or by cron in UTC."""

from __future__ import annotations

from typing import ClassVar, Self

from pydantic import Field, field_validator, model_validator

from streamflow.dsl.node import Function, PositiveMilliseconds
from streamflow.dsl.source import SourceOptions
from streamflow_runtime.cron import Schedule


class TimerSourceOptions(SourceOptions):
    """`function(tick)` gets the tick's number, 0 for the first; without it the packet's data is that number."""

    kind: ClassVar[str] = "source.timer"

    interval: PositiveMilliseconds | None = Field(None, examples=['interval="10s"'])
    cron: str | None = Field(None, examples=['cron="30 6 * * mon-fri"'])
    function: Function | None = Field(None, examples=['function=lambda tick: {"tick": tick}'])
    catch_up: bool = Field(False, examples=["catch_up=True"])

    @field_validator("cron")
    @classmethod
    def _cron(cls, cron: str | None) -> str | None:
        if cron is not None:
            Schedule(cron)
        return cron

    @model_validator(mode="after")
    def _ticks(self) -> Self:
        if (self.interval is None) == (self.cron is None):
            raise ValueError('needs `interval`, as in interval="10s", or `cron`, as in cron="0 6 * * *", and not both')
        return self
