"""Taps: what leaves a node in the midst of the graph is seen outside, and packets are put in there."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from streamflow_runtime.isolation import copy_of
from streamflow_runtime.packet import Packet

if TYPE_CHECKING:
    from streamflow_runtime.kernel import Kernel, Runner


def observe(seen: list[Packet], packet: Packet) -> None:
    """Note a packet that leaves a tap, which changes nothing: what can't be copied is not noted."""
    try:
        packet.data = copy_of(packet.data)
    except Exception:
        return
    seen.append(packet)


def entrance(kernel: Kernel, node: str, enter: Callable[[Packet], None]) -> Runner:
    """What runs a batch that is put in at a node: `node:n`, with the present time, moving no watermark."""

    def run(values: list[Any], metadata: dict[str, Any], given: int | None) -> None:
        for value in values:
            number = kernel.counts[f"-> {node}"]
            kernel.counts[f"-> {node}"] += 1
            time = (kernel.clock or 0) if given is None else given
            enter(Packet(value, time, node, number, "", metadata))

    return run
