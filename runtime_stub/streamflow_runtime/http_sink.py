"""Sinks of type http: one request per packet, with an idempotency key that never changes."""

from __future__ import annotations

from typing import Any

from streamflow_runtime.encode import decode_stored
from streamflow_runtime.http import retry_after
from streamflow_runtime.outbox import Delivery, Outbox, Undelivered
from streamflow_runtime.secrets import fill, outbound_headers


class HttpSinks(Outbox):
    """Delivers by request; 408, 425, 429, 5xx and network errors are tried again, other refusals are final."""

    type = "http"

    async def deliver(self, delivery: Delivery, options: dict[str, Any]) -> None:
        secrets, platform = self.shell.secrets, self.shell.platform
        graph = self.shell.service["graph"].encode("ascii", "backslashreplace").decode()
        rows = delivery.row if delivery.batch is None else f"{delivery.row}-{delivery.last}"
        body: Any = self.text(delivery)
        media_type = "application/json"
        if body[0] in 'b"':  # bytes and text go as they are
            body = decode_stored(body)
            media_type = "application/octet-stream" if isinstance(body, bytes) else "text/plain; charset=utf-8"
        key = f"{graph}/{delivery.sink}/{rows}"
        headers = {"content-type": media_type, **outbound_headers(options, secrets), "idempotency-key": key}
        auth, signing = options.get("auth"), self.shell.signing
        if signing is not None and isinstance(auth, dict) and "signed" in auth:
            headers |= signing.headers(auth, body, key)
        url = fill(options["url"], secrets)
        status, answered, _ = await platform.fetch(
            options.get("method", "POST"), url, headers, body, options.get("timeout") or 30.0
        )
        if not 200 <= status < 300:
            final = status < 500 and status not in (408, 425, 429)
            raise Undelivered(f"the server answered {status}", status, final, retry_after(answered, platform.now()))
