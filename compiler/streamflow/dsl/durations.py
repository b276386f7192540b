"""Durations as users write them; functions of the graph read them too, so the runtime has the meaning."""

from __future__ import annotations

from streamflow_runtime.durations import Duration, milliseconds

__all__ = ["Duration", "milliseconds", "written"]


def written(milliseconds: int) -> str:
    """A duration as one would write it, in seconds."""
    return f"{milliseconds / 1000:g}"
