"""Log sink: one line of JSON per output in the Worker's log."""

from __future__ import annotations

from typing import ClassVar

from streamflow.dsl.sink import BatchingSinkOptions


class LogSinkOptions(BatchingSinkOptions):
    """With `batch` the lines are written so many at a time."""

    kind: ClassVar[str] = "sink.log"
