"""How long batches of one source (or deliveries of one sink) take: the mean of all, percentiles of the latest."""

from collections import deque


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

    def percentiles(self) -> dict[str, float]:
        """p50, p95 and p99 of the latest 1024."""
        ordered = sorted(self._latest)
        return {f"p{rank}": ordered[len(ordered) * rank // 100] for rank in (50, 95, 99)}
