"""What `any` and `all` give for packets in the order of event time: they end at the first one that decides."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING, Any

from streamflow_runtime.failure import KeptError, kept

if TYPE_CHECKING:
    from streamflow_runtime.kernel import Kernel


class AnyOf:
    """`until` is the time of the earliest packet that decides, or fails; those after it are not looked at."""

    __slots__ = ("failure", "until")

    def __init__(self) -> None:
        self.until: float = inf
        self.failure: list[Any] | None = None

    def decide(self, time: float) -> None:
        """A packet from before `until` decides."""
        self.until, self.failure = time, None

    def fail(self, kernel: Kernel | type[Kernel], error: Exception, time: float) -> None:
        """A packet from before `until` fails."""
        self.until, self.failure = time, kept(error, kernel)

    def result(self) -> bool:
        """What `any` gives. Raises what it would have raised."""
        if self.failure is not None:
            raise KeptError(*self.failure)
        return self.until < inf

    def merge(self, other: AnyOf) -> None:
        """Look at the packets of another, too."""
        if other.until < self.until:
            self.until, self.failure = other.until, other.failure

    def state(self) -> list[Any]:
        """What is durable about it."""
        return [self.until, self.failure]

    def load(self, state: list[Any]) -> None:
        """Take back what `state` gave."""
        self.until, self.failure = state


class AllOf(AnyOf):
    """The same where a packet decides that is not so."""

    __slots__ = ()

    def result(self) -> bool:
        """What `all` gives. Raises what it would have raised."""
        return not super().result()
