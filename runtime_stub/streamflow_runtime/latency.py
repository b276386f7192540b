"""How long what one node waits for takes, batches, calls or deliveries: the mean of all, percentiles of the latest."""

from __future__ import annotations

from collections import deque
from typing import Any


class Latency:
    """Times in seconds; in memory only."""

    def __init__(self) -> None:
        self.count = 0
        self.total = 0.0
        self._latest: deque[float] = deque(maxlen=1024)

    def add(self, seconds: float) -> None:
        """Count one."""
        self.count += 1
        self.total += seconds
        self._latest.append(seconds)

    def join(self, other: Latency) -> None:
        """Count all of another's, too."""
        self.count += other.count
        self.total += other.total
        self._latest.extend(other._latest)

    def figures(self) -> dict[str, Any]:
        """`average_latency`, and `percentiles` p50, p95 and p99 of the latest 1024; zeros if there is nothing."""
        ordered = sorted(self._latest) or [0.0]
        percentiles = {f"p{rank}": ordered[len(ordered) * rank // 100] for rank in (50, 95, 99)}
        return {"average_latency": self.total / max(1, self.count), "percentiles": percentiles}
