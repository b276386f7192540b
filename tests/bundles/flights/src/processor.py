"""New York Departures: the Durable Object.

Made by Streamflow from samples/flights.py; change that, not this.
"""

from kernel import Kernel
from streamflow_runtime.cloudflare import CloudflarePlatform
from streamflow_runtime.database_sink import DatabaseSinks
from streamflow_runtime.group_commit import GroupCommit
from streamflow_runtime.log_sink import LogSinks
from streamflow_runtime.shell import Shell
from workers import DurableObject

SERVICE = {
    "graph": "New York Departures",
    "sources": {"departures": {"type": "manual"}},
    "sinks": {
        "punctuality": {
            "type": "database",
            "table": "punctuality",
            "mode": "insert",
            "columns": [
                "day",
                "airline",
                "flights",
                "mean_delay",
                "worst_delay",
                "on_time",
                "in_rough_weather",
            ],
        },
        "cancellations": {
            "type": "database",
            "table": "cancellations",
            "mode": "insert",
            "columns": ["day", "origin", "flights"],
        },
        "alerts": {"type": "log"},
        "too-late": {"type": "log"},
        "unreadable": {"type": "log"},
    },
    "paths": {"departures": ["punctuality", "cancellations", "alerts", "too-late", "unreadable"]},
    "taps": [],
    "limits": {"body": 8388608, "batch": 100000, "nesting": 64},
}


class StreamProcessor(DurableObject):
    """Runs the kernel, keeps its state, talks to the outside. One instance runs the whole graph."""

    def __init__(self, ctx, env):
        super().__init__(ctx, env)
        self.platform = CloudflarePlatform(ctx, env)
        self.shell = Shell(
            Kernel, SERVICE, self.platform, parts=(DatabaseSinks, LogSinks, GroupCommit)
        )
        self.platform.start(self.shell)

    async def fetch(self, request):
        """A request that the Worker has let in."""
        return await self.platform.answer(request.js_object)

    def alarm(self, info=None):
        """Something is due: a window, a delivery, a connection."""
        self.shell.wake()

    def wake(self):
        """Called by the Worker's cron trigger; the object has started by then."""

    def webSocketMessage(self, socket, message):
        """A subscriber has sent something; there is nothing that it may say."""

    def webSocketClose(self, socket, code, reason, clean):
        """A client has closed its connection."""
        self.platform.client_closed(socket, code)

    def webSocketError(self, socket, error):
        """A client's connection is lost."""
        self.platform.client_closed(socket, 1006)
