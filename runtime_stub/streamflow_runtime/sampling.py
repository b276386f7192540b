"""Which packets a sample keeps."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

from streamflow_runtime.codec import dumps
from streamflow_runtime.stage import Source, Stage

if TYPE_CHECKING:
    from streamflow_runtime.kernel import Kernel


class Sample(Stage):
    """`rate` of the keys or positions, by their hash with the seed; or one position of `every` so many."""

    def __init__(
        self,
        kernel: Kernel,
        name: str,
        upstream: Sequence[Source | Stage],
        rate: float = 1,
        every: int = 1,
        seed: int = 0,
    ) -> None:
        super().__init__(kernel, name, upstream)
        self.bound, self.every, self.seed = rate * 2**64, every, seed
        self.position = 0

    def keeps(self, key: Any) -> bool:
        """Whether the packets of a key are kept."""
        return self._hash(dumps(_plain(key))) < self.bound

    def keeps_next(self) -> bool:
        """Whether the packet at the next position is kept."""
        self.position += 1
        return self._hash(str(self.position - 1)) < self.bound

    def is_turn(self) -> bool:
        """Whether the next position is the first of `every` so many."""
        self.position += 1
        return (self.position - 1) % self.every == 0

    def clocks(self) -> list[Any]:
        return [self.watermark, self.position]

    def set_clocks(self, clocks: list[Any]) -> None:
        super().set_clocks(clocks)
        self.position = clocks[1]

    def _hash(self, text: str) -> int:
        return int.from_bytes(blake2b(f"{self.seed}:{text}".encode(), digest_size=8).digest(), "big")


def _plain(key: Any) -> Any:
    """Keys that are equal in one spelling: 1, 1.0 and True are the same."""
    if isinstance(key, tuple):
        return [_plain(part) for part in key]
    if isinstance(key, bool) or (isinstance(key, float) and key.is_integer()):
        return int(key)
    return key
