"""Sinks of type log: one line of JSON per packet to the platform's log."""

from __future__ import annotations

from streamflow_runtime.encode import show
from streamflow_runtime.part import Commit, Part


class LogSinks(Part):
    """Logs before the commit: a line may come twice, never not at all."""

    def write(self, commit: Commit) -> None:
        for sink, options in self.shell.service["sinks"].items():
            if options["type"] == "log":
                for packet in commit.outputs.get(sink, ()):
                    self.shell.log(f"{sink}: {show(packet.data)}")
