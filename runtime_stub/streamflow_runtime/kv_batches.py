"""Sinks of type kv with `batch`: of the outputs of one entry, only the newest in a batch is stored."""

from __future__ import annotations

import asyncio
from typing import Any

from streamflow_runtime.batches import Batches
from streamflow_runtime.kv_sink import KvSinks
from streamflow_runtime.outbox import Delivery


class KvBatches(Batches, KvSinks):
    """In place of `KvSinks` where any of them has `batch`."""

    async def put(self, delivery: Delivery, options: dict[str, Any]) -> None:
        newest = {each.packet: each for each in (delivery, *delivery.others)}
        await asyncio.gather(*[super(KvBatches, self).put(each, options) for each in newest.values()])
