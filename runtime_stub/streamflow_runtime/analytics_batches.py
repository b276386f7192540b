"""Sinks of type analytics with `batch`: the points of a batch are written together."""

from __future__ import annotations

from typing import Any

from streamflow_runtime.analytics_sink import AnalyticsSinks
from streamflow_runtime.batches import Batches
from streamflow_runtime.outbox import Delivery


class AnalyticsBatches(Batches, AnalyticsSinks):
    """In place of `AnalyticsSinks` where any of them has `batch`."""

    async def put(self, delivery: Delivery, options: dict[str, Any]) -> None:
        if any((each.packet or "").startswith('"') for each in delivery.others):
            raise ValueError("a point can't be made")
        for each in (delivery, *delivery.others):
            await super().put(each, options)
