"""Nodes that watch readings: `hysteresis` and `smooth`."""

from streamflow_alarms.hysteresis import HYSTERESIS, hysteresis
from streamflow_alarms.smooth import SMOOTH, smooth

__all__ = ["HYSTERESIS", "SMOOTH", "hysteresis", "smooth"]
