"""A Worker that answers some things itself and passes the rest to its one object."""

import json

import js
from processor import StreamProcessor
from workers import WorkerEntrypoint

__all__ = ["Default", "StreamProcessor"]


class Default(WorkerEntrypoint):
    async def fetch(self, request):
        env = self.env._env
        path = js.URL.new(request.url).pathname
        if path == "/healthz":
            return js.Response.new("ok")
        if path == "/variables":
            seen = {"token": getattr(env, "TOKEN", None), "greeting": env.GREETING, "rows": env.LIMITS.rows}
            return js.Response.new(json.dumps(seen))
        return await env.STREAM.get(env.STREAM.idFromName("main")).fetch(request.js_object)
