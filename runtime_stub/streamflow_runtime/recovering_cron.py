"""Timers by cron whose function is called again for a tick at which it has failed."""

from __future__ import annotations

from streamflow_runtime.cron import Cron
from streamflow_runtime.recovering_timer import RecoveringTimer


class RecoveringCron(RecoveringTimer, Cron):
    """Both."""
