"""The smallest and the largest value so far, as `min` and `max` find them among packets in the order of event time."""

from __future__ import annotations

from math import inf
from typing import Any

from streamflow_runtime.isolation import copy_of


class Nothing:
    """The extreme of no values: every value is beyond it."""

    def __lt__(self, other: object) -> bool:
        return True

    __gt__ = __lt__


NOTHING = Nothing()


class Lowest:
    """`value` so far, which came `at` that time; of equal values, the earliest counts.

    `first` is the earliest time so far, `leading` the value of its packet if that has no order: `min` and `max` stay
    with a NaN that comes first, and pass over one that comes later.
    """

    __slots__ = ("at", "first", "leading", "value")

    def __init__(self) -> None:
        self.value: Any = NOTHING
        self.at: float = inf
        self.first: float = inf
        self.leading: Any = None

    def take(self, value: Any, time: int) -> Any:
        """A value that may be the one, or that came before all others. Raises TypeError where it can't be compared.

        Gives the `bar` from here on.
        """
        beyond = self.is_beyond(value)
        ordered = value == value
        if time < self.first:
            self.first, self.leading = time, None if ordered else value
        if ordered and (beyond or (value == self.value and time < self.at)):
            self.value, self.at = copy_of(value), time
        return self.bar(time)

    def bar(self, time: int) -> Any:
        """What the next value has to be beyond to change anything, if it is of this time, too."""
        return NOTHING if time < self.at else self.value

    def is_beyond(self, value: Any) -> bool:
        """Whether a value takes the place of the one so far."""
        return bool(value < self.value)

    def result(self) -> Any:
        """What `min` gives. Raises what it raises where there are no values."""
        if self.leading is not None:
            return self.leading
        return self.none() if self.value is NOTHING else copy_of(self.value)

    def none(self) -> Any:
        """Of no values."""
        return min(())

    def merge(self, other: Lowest) -> None:
        """Take in the values of another. Raises TypeError where theirs can't be compared."""
        early, late = (self, other) if self.first <= other.first else (other, self)
        chosen = late if late.value is not NOTHING and early.is_beyond(late.value) else early
        self.value, self.at, self.first, self.leading = chosen.value, chosen.at, early.first, early.leading

    def state(self) -> list[Any]:
        """What is durable about it."""
        return [None if self.value is NOTHING else [self.value], self.at, self.first, self.leading]

    def load(self, state: list[Any]) -> None:
        """Take back what `state` gave."""
        held, self.at, self.first, self.leading = state
        self.value = NOTHING if held is None else held[0]


class Highest(Lowest):
    """The same for the largest, as `max` finds it."""

    __slots__ = ()

    def is_beyond(self, value: Any) -> bool:
        return bool(value > self.value)

    def none(self) -> Any:
        return max(())
