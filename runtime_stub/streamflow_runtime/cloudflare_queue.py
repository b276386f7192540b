"""Messages of a Cloudflare Queue on their way from the Worker to the object."""

from __future__ import annotations

from json import dumps
from typing import Any

import js
from pyodide.ffi import JsProxy

from streamflow_runtime.cloudflare_requests import js_object
from streamflow_runtime.cloudflare_worker import instance
from streamflow_runtime.encode import encode


async def forward(namespace: Any, service: dict[str, Any], batch: Any) -> None:
    """Hand the queue's messages to the object. Unless it has committed them they come again; raises what it raises."""
    batch = getattr(batch, "_binding", batch)  # the SDK wraps it
    source = next(name for name, options in service["sources"].items() if options.get("queue") == batch.queue)
    messages = dumps([(message.id, _stored(message.body)) for message in batch.messages])
    wait = await instance(namespace, service).consume(source, messages)
    if wait:
        batch.retryAll(js_object({"delaySeconds": wait}))


def _stored(body: Any) -> str:
    """A body as data is stored: bytes in their own form, all else as JSON."""
    if not isinstance(body, JsProxy):
        return encode(body)
    if hasattr(body, "byteLength"):
        return encode(js.Uint8Array.new(body).to_bytes())
    return str(js.JSON.stringify(body))
