"""How long to wait before a try: longer each time, a little less by what the id of the packet says."""

from __future__ import annotations

from hashlib import blake2b


def delay_before(retry: int, id: str, initial: int, multiplier: float, longest: int, jitter: float) -> int:
    """Milliseconds before the n-th retry (from 1), at least one. The same packet always waits the same."""
    delay = initial
    for _ in range(retry - 1):
        if delay >= longest:
            break
        delay = int(delay * multiplier)
    share = int.from_bytes(blake2b(f"{id}:{retry}".encode(), digest_size=4).digest(), "big") / 2**32
    return max(1, int(min(delay, longest) * (1 - jitter * share)))
