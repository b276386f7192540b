"""Token buckets of a rate limit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from streamflow_runtime.keyed_state import KeyedState
from streamflow_runtime.stage import Source, Stage

if TYPE_CHECKING:
    from streamflow_runtime.kernel import Kernel


class Buckets(KeyedState):
    """A bucket a key: `limit` tokens come back in `per` ms, by the clock; it holds `burst` and starts full.

    Levels are counted in parts of a token, `per` to one, so that they are whole: `limit` parts come back each ms.
    """

    way_out = "a key makes room when its bucket is full again"

    def __init__(
        self, kernel: Kernel, name: str, upstream: Sequence[Source | Stage], limit: int, per: int, burst: int
    ) -> None:
        super().__init__(kernel, name, upstream)
        self.limit, self.token, self.full = limit, per, burst * per
        self.filling = -(-self.full // limit)  # ms from empty to full

    def take(self, key: Any) -> bool:
        """Take a token, if there is one."""
        clock = self.kernel.clock
        assert clock is not None
        self.forget_until(clock - self.filling)
        cell = self.cells.get(key)
        if cell is None:
            self.check_room()
            level = self.full
        else:
            level = min(self.full, cell.value + (clock - cell.at) * self.limit)
        if level < self.token:
            return False
        self.write(key, level - self.token)
        return True
