"""Sinks of type custom with `batch`: the function gets a list of data, and one parameter more the list of packets."""

from __future__ import annotations

from typing import Any

from streamflow_runtime.batches import Batches
from streamflow_runtime.custom_sink import CustomSinks
from streamflow_runtime.encode import decode_stored, show
from streamflow_runtime.outbox import Delivery


class CustomBatches(Batches, CustomSinks):
    """In place of `CustomSinks` where any of them has `batch`."""

    def arguments(self, delivery: Delivery) -> tuple[Any, Any]:
        if delivery.batch is None:
            return super().arguments(delivery)
        packets = [CustomSinks.arguments(self, each)[1] for each in (delivery, *delivery.others)]
        return [packet.data for packet in packets], packets

    def text(self, delivery: Delivery) -> str:
        """What a failure report shows: the list of data."""
        if delivery.batch is None:
            return delivery.data
        return show([decode_stored(each.data) for each in (delivery, *delivery.others)])
