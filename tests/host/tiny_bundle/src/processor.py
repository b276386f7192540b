"""An object that does a little of everything: rows, alarm, WebSockets both ways."""

import asyncio
import json

import js
from pyodide.ffi import create_proxy, to_js
from workers import DurableObject


class StreamProcessor(DurableObject):
    def __init__(self, ctx, env):
        super().__init__(ctx, env)
        self.raw = ctx._ctx
        self.exec = self.raw.storage.sql.exec
        self.exec("CREATE TABLE IF NOT EXISTS rows (text TEXT)")

    async def fetch(self, request):
        raw = request.js_object
        url = js.URL.new(raw.url)
        handle = getattr(self, "_" + url.pathname.removeprefix("/"))
        return await handle(raw, url.searchParams)

    async def _rows(self, raw, _query):
        if raw.method == "POST":
            self.exec("INSERT INTO rows VALUES (?)", await raw.text())
        rows = self.exec("SELECT text FROM rows ORDER BY rowid").raw().toArray().to_py()
        return js.Response.new(json.dumps([text for (text,) in rows]))

    async def _alarm(self, _raw, query):
        await self.raw.storage.setAlarm(js.Date.now() + int(query.get("after_ms")))
        return js.Response.new("set")

    async def alarm(self, _info=None):
        self.exec("INSERT INTO rows VALUES ('alarm')")

    async def _socket(self, _raw, _query):
        client, server = js.WebSocketPair.new().object_values()
        self.raw.acceptWebSocket(server)
        return js.Response.new(None, _options(status=101, webSocket=client))

    def webSocketMessage(self, socket, message):
        socket.send("echo " + message)

    def webSocketClose(self, socket, code, reason, _clean):
        socket.close(code, reason)  # the platform leaves the answer to the object

    async def _outbound(self, _raw, query):
        """Say hello to the WebSocket at ``url`` and answer with what it says."""
        answer = asyncio.get_event_loop().create_future()
        socket = js.WebSocket.new(query.get("url"))
        listeners = {
            "open": create_proxy(lambda _event: socket.send("hello")),
            "message": create_proxy(lambda event: answer.set_result(event.data)),
            "error": create_proxy(lambda event: answer.done() or answer.set_result(f"error: {event.message}")),
        }
        for name, listener in listeners.items():
            socket.addEventListener(name, listener)
        said = await answer
        socket.close(1000, "done")
        for name, listener in listeners.items():
            socket.removeEventListener(name, listener)
            listener.destroy()
        return js.Response.new(said)

    async def _failing(self, _raw, _query):
        print("about to fail")
        raise ValueError("as it should")


def _options(**values):
    return to_js(values, dict_converter=js.Object.fromEntries)
