"""Does nothing: decodes what comes, commits how much it was, and acknowledges. By raw bindings, as cheap as it gets.

The way of its sockets: JavaScript collects messages in an array, Python runs once for all of a moment.
"""

import json

import js
from pyodide.ffi import create_proxy, to_js
from workers import DurableObject, WorkerEntrypoint

once = to_js({"once": True}, dict_converter=js.Object.fromEntries)


def options(**values):
    return to_js(values, dict_converter=js.Object.fromEntries)


class Default(WorkerEntrypoint):
    async def fetch(self, request):
        processor = self.env._env.PROCESSOR
        return await processor.get(processor.idFromName("main")).fetch(request.js_object)


class Processor(DurableObject):
    def __init__(self, ctx, env):
        super().__init__(ctx, env)
        self.sql = ctx._ctx.storage.sql.exec
        self.sql("CREATE TABLE IF NOT EXISTS counts (name TEXT PRIMARY KEY, value REAL)")
        self.count = 0

    async def fetch(self, request):
        raw = request.js_object
        if raw.headers.get("upgrade") == "websocket":
            client, server = js.WebSocketPair.new().object_values()
            Collecting(self, server)
            return js.Response.new(None, options(status=101, webSocket=client))
        events = json.loads((await raw.arrayBuffer()).to_bytes())
        self.commit(len(events) if isinstance(events, list) else 1)
        return js.Response.new('{"accepted": true}', status=202)

    def commit(self, events):
        self.count += events
        self.sql("INSERT OR REPLACE INTO counts VALUES ('events', ?)", self.count)


class Collecting:
    """One client's messages."""

    def __init__(self, processor, socket):
        self.processor, self.socket = processor, socket
        self.events, self.accepted = js.Array.new(), 0
        self.wake, self.flush = create_proxy(self._wake), create_proxy(self._flush)
        socket.accept()
        socket.addEventListener("message", js.Array.prototype.push.bind(self.events))
        socket.addEventListener("message", self.wake, once)

    def _wake(self, event):
        js.setTimeout(self.flush, 1)

    def _flush(self):
        batch = self.events.splice(0)
        text = batch.flatMap(js.Object.values).join("\x1e")[4:].replace("\x1e" * 5, ",")
        events = json.loads(f"[{text}]")
        self.processor.commit(len(events))
        self.accepted += len(events)
        self.socket.send(json.dumps({"accepted": self.accepted}))
        self.socket.addEventListener("message", self.wake, once)
