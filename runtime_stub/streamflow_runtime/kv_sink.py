"""Sinks of type kv: each output under its key in a Workers KV namespace, in the order in which they were made."""

from __future__ import annotations

from json import dumps
from typing import TYPE_CHECKING, Any

from streamflow_runtime.encode import decode_stored
from streamflow_runtime.outbox import Delivery
from streamflow_runtime.picking import picker
from streamflow_runtime.store_sink import StoreSinks

if TYPE_CHECKING:
    from streamflow_runtime.shell import Shell

# What the row holds beside the data: the entry's name, or why there is none.
NAME, REASON = "=", "!"
LONGEST_NAME = 512


class KvSinks(StoreSinks):
    """Data is stored as JSON, text and bytes as they are."""

    type = "kv"

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell)
        self._pick = {sink: picker(shell, sink, "key") for sink in self.sinks}

    def whole(self, sink: str, packet: Any) -> str | None:
        pick = self._pick[sink]
        try:
            return NAME + _entry(pick(packet) if pick else packet.key)
        except Exception as error:
            return f"{REASON}{type(error).__name__}: {error}"

    def line(self, sink: str, packet: Any, whole: str | None) -> str | None:
        return whole

    async def put(self, delivery: Delivery, options: dict[str, Any]) -> None:
        name = str(delivery.packet)
        if name[0] == REASON:
            raise ValueError(f"no key to store it under: {name[1:]}")
        value = decode_stored(delivery.data) if delivery.data[0] in 'b"' else delivery.data
        more = {"expirationTtl": int(options["ttl"])} if "ttl" in options else {}
        await self.shell.platform.call(options["binding"], "put", name[1:], value, more)


def _entry(key: Any) -> str:
    """A key as KV takes it. Raises ValueError where KV would not."""
    name = key if isinstance(key, str) else dumps(key)
    if name in ("", ".", "..") or len(name.encode()) > LONGEST_NAME:
        raise ValueError(f"{name[:40]!r} can't be a name in KV")
    return name
