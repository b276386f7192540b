"""Log sink: one line of JSON per output in the Worker's log."""

from __future__ import annotations

from typing import ClassVar

from streamflow.dsl.sink import SinkOptions


class LogSinkOptions(SinkOptions):
    """A log sink needs no options."""

    kind: ClassVar[str] = "sink.log"
