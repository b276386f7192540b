"""How many different values there are so far, as the length of a set of them says."""

from __future__ import annotations

from typing import Any

from streamflow_runtime.addends import storable


class DistinctValues:
    """`values` are in the order in which they came, so that the same stream leaves the same state."""

    __slots__ = ("values",)

    def __init__(self) -> None:
        self.values: dict[Any, None] = {}

    def add(self, value: Any) -> None:
        """One more value. Raises TypeError for one that a set can't have."""
        try:
            known = value in self.values
        except TypeError:
            frozenset((value,))  # raises in the words of a set
            raise
        if not known:
            self.values[storable(value)] = None

    def result(self) -> int:
        """How many there are."""
        return len(self.values)

    def merge(self, other: DistinctValues) -> None:
        """Take in the values of another."""
        self.values.update(other.values)

    def state(self) -> list[Any]:
        """What is durable about it."""
        return list(self.values)

    def load(self, state: list[Any]) -> None:
        """Take back what `state` gave."""
        self.values = dict.fromkeys(state)
