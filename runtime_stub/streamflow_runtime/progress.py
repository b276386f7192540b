"""How far each node has come: how far the watermark that leaves it lags behind the clock, and what waits there."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING, Any

from streamflow_runtime.event_time import milliseconds
from streamflow_runtime.stage import Source, Stage

if TYPE_CHECKING:
    from streamflow_runtime.kernel import Kernel

_ROLES = ("", "retries", "retries behind")  # of a stage, after its node's name


def add_progress(nodes: dict[str, dict[str, Any]], kernel: Kernel, now: float) -> None:
    """`watermark_lag` (s) of sources in event time and of stages, `queue_depth` of stages where packets wait.

    `now` is in Unix seconds. A node has no lag before its first packet, and none when its input has ended.
    """
    clock = milliseconds(now)
    marks: dict[Source | Stage, float] = {}  # what leaves each, in ms; the kernel brings its own up to date late
    for source in kernel.sources.values():
        marks[source] = clock if source.by_clock else source.watermark
        if not source.by_clock:
            _lag(nodes[source.name], clock, marks[source])
    for stage in kernel.stages:
        inputs = min(marks[one] if one in marks else one.held(one.watermark) for one in stage.upstream)
        marks[stage] = stage.held(max(stage.watermark, inputs))
        name, _, role = stage.name.partition(" ")
        if role in _ROLES:
            _lag(nodes[name], clock, marks[stage])
            if stage.parks:
                add_depth(nodes[name], len(stage.waiting))


def add_depth(node: dict[str, Any], packets: int) -> None:
    """So many more wait at a node."""
    node["queue_depth"] = node.get("queue_depth", 0) + packets


def _lag(node: dict[str, Any], clock: int, mark: float) -> None:
    """A node of several stages lags as far as the one that lags most."""
    if isfinite(mark):
        node["watermark_lag"] = max((clock - mark) / 1000, node.get("watermark_lag", 0.0))
