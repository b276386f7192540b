"""Before the end of input: packets that wait for the clock need not wait for it to come round."""

from __future__ import annotations

from math import inf
from typing import Any


def unfinished(kernel: Any) -> bool:
    """Whether packets wait at a node, so that `finish` would raise: for a call to be resolved, or for `hurry`."""
    return any(stage.waiting for stage in kernel.stages)


def hurry(kernel: Any) -> bool:
    """The clock jumps to where the next packet that waits for it goes on; False if none does.

    Timers and expiries on the way don't run.
    """
    moment = min((stage.parked_until() for stage in kernel.stages), default=inf)
    if moment == inf:
        return False
    for source in kernel.sources.values():
        if source.next is not None and source.next <= moment:
            source.start(int(moment))
    kernel._wake(int(moment), parked=True)
    kernel._set_clock(int(moment))
    return True
