"""Event Processor: the Durable Object.

Made by Streamflow from samples/visits.py; change that, not this.
"""

from kernel import Kernel
from streamflow_runtime.cloudflare import CloudflarePlatform
from streamflow_runtime.endpoint_sink import EndpointSinks
from streamflow_runtime.group_commit import GroupCommit
from streamflow_runtime.newest_outputs import NewestOutputs
from streamflow_runtime.shell import Shell
from streamflow_runtime.webhook import Webhooks
from workers import DurableObject

SERVICE = {
    "graph": "Event Processor",
    "sources": {
        "events": {
            "type": "webhook",
            "metadata": ["country", "city", "user_agent"],
            "path": "/hooks/events",
        }
    },
    "sinks": {"sessions": {"type": "endpoint", "keep": 1000, "format": "json"}},
    "paths": {"events": ["sessions"]},
    "taps": [],
    "limits": {"body": 8388608, "batch": 100000, "nesting": 64},
}


class StreamProcessor(DurableObject):
    """Runs the kernel, keeps its state, talks to the outside. One instance runs the whole graph."""

    def __init__(self, ctx, env):
        super().__init__(ctx, env)
        self.platform = CloudflarePlatform(ctx, env)
        self.shell = Shell(
            Kernel,
            SERVICE,
            self.platform,
            parts=(Webhooks, GroupCommit, NewestOutputs, EndpointSinks),
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
