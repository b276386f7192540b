"""Event Processor: the Worker in front of the Durable Object.

Made by Streamflow from samples/visits.py; change that, not this.
"""

from processor import SERVICE, StreamProcessor
from streamflow_runtime.cloudflare_worker import gate, instance
from workers import WorkerEntrypoint

__all__ = ["Default", "StreamProcessor"]


class Default(WorkerEntrypoint):
    """Checks access; the object answers."""

    async def fetch(self, request):
        """Any request, from `POST /inject/...` to `GET /metrics`."""
        env, raw = self.env._env, request.js_object
        return gate(SERVICE, raw, env) or await instance(env.PROCESSOR, SERVICE).fetch(raw)

    async def scheduled(self, controller, env, ctx):
        """Once a minute: a sleeping object wakes, so that its connections and timers run without a request."""
        await instance(self.env._env.PROCESSOR, SERVICE).wake()
