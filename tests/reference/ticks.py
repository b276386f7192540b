"""When timers tick; what cron means is left to a library."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from croniter import croniter


def next_tick(options: Any, moment: int) -> int:
    """The first tick after a moment, both in milliseconds."""
    if options.interval is not None:
        return (moment // options.interval + 1) * int(options.interval)
    start = datetime.fromtimestamp(moment // 1000, UTC)
    return int(croniter(options.cron, start).get_next(float)) * 1000
