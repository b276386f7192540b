"""Sinks of type log: one line of JSON per packet to the platform's log."""

from __future__ import annotations

from streamflow_runtime.encode import show
from streamflow_runtime.part import Commit, Part


class LogSinks(Part):
    """Logs what was committed: never twice, nor what did not happen; a crash right after a commit loses its lines."""

    def committed(self, commit: Commit) -> None:
        for sink, options in self.shell.service["sinks"].items():
            if options["type"] == "log":
                for packet in commit.due(sink):
                    self.shell.log(f"{sink}: {show(packet.data)}")
