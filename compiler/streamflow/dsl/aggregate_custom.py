"""Aggregate over windows that a function assigns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from pydantic import Field

from streamflow.dsl.aggregate import TimedAggregateOptions
from streamflow.dsl.node import SyncFunction


class CustomAggregateOptions(TimedAggregateOptions):
    """`window(packet)` gives the windows of a packet, as pairs (start, end) in seconds."""

    kind: ClassVar[str] = "aggregate.custom"
    callbacks: ClassVar[Mapping[str, int]] = {**TimedAggregateOptions.callbacks, "window": 1}
    must_return: ClassVar[tuple[str, ...]] = ("window",)

    window: SyncFunction = Field(examples=["window=lambda packet: [(packet.timestamp, packet.timestamp + 60)]"])
