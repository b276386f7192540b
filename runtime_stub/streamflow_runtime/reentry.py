"""Packets that failed enter again: at the node, the input of a join, or the edge with a condition, where that was."""

from __future__ import annotations

from typing import Any

from streamflow_runtime.failure import Failure
from streamflow_runtime.packet import Packet


def place_of(kernel: Any, failure: Failure) -> str | None:
    """Where a packet that failed can enter again; None for one that the node itself had made, such as a result."""
    for place in (failure.where, failure.where.partition(".")[0]):  # `pairs.left`; `total` of `total.in`
        if place in kernel.entries and (place != failure.packet.source or place in kernel.sources):
            return place
    return None


def takes(kernel: Any, place: str) -> bool:
    """Whether packets can enter there: a place of this kernel, or a sink."""
    return place in kernel.entries or place in kernel.out


def enter(kernel: Any, place: str, packet: Packet, now: float) -> None:
    """Let a packet in. It keeps its id and timestamp, and moves no watermark."""
    if place not in kernel.entries:
        kernel.out[place].append(packet)
        return
    kernel.advance(now)
    if " -> " not in place:
        kernel.counts[f"-> {place.partition('.')[0]}"] += 1
    getattr(kernel, kernel.entries[place])(packet)
