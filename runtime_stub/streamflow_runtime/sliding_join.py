"""Joins in windows that overlap: a pair is sent at the end of each window that holds both."""

from __future__ import annotations

from streamflow_runtime.sliding import SlidingWindows
from streamflow_runtime.timed import TimedKept
from streamflow_runtime.window_join import BothSides, WindowJoin


class _Both(BothSides, TimedKept):
    """The packets of both sides in one of the windows."""


class SlidingJoin(WindowJoin, SlidingWindows):
    """Made with what those windows are made with."""

    kept = _Both
