"""Sinks of type queue: outputs as messages of a Cloudflare Queue."""

from __future__ import annotations

from typing import Any

from streamflow_runtime.batches import Batches
from streamflow_runtime.encode import decode_stored
from streamflow_runtime.outbox import Delivery
from streamflow_runtime.store_sink import StoreSinks

# What the platform takes, less what it needs for itself.
LARGEST_MESSAGE, LARGEST_BATCH = 127_000, 250_000


class QueueSinks(Batches, StoreSinks):
    """JSON, text and bytes arrive as such. With `batch` many messages go in one call."""

    type = "queue"

    async def put(self, delivery: Delivery, options: dict[str, Any]) -> None:
        deliveries = [delivery, *delivery.others]
        if any(each.size > LARGEST_MESSAGE for each in deliveries if not each.others):
            raise ValueError(f"a message may have {LARGEST_MESSAGE:,} bytes")
        call, binding = self.shell.platform.call, options["binding"]
        more = {"delaySeconds": int(options["delay"])} if "delay" in options else {}
        together: list[dict[str, Any]] = []
        for each in deliveries:
            body = decode_stored(each.data)
            form = "text" if isinstance(body, str) else "bytes" if isinstance(body, bytes) else "json"
            if len(deliveries) == 1 or form == "bytes":
                await call(binding, "send", body, {"contentType": form, **more})
            else:
                together.append({"body": body, "contentType": form, **more})
        if together:
            await call(binding, "sendBatch", together)
