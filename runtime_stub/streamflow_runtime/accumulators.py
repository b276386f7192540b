"""Accumulators: what a window holds for `aggregates=` instead of its packets.

Each takes one value at a time by `add(value, time, arrival)`, takes over another of its kind by `merge`, gives its
`result`, a value of its own, and has a `state` of JSON values that `load` takes back. None is skipped, as in SQL.
"""

from __future__ import annotations

import math
from typing import Any, ClassVar

from streamflow_runtime.addends import checked_number, storable
from streamflow_runtime.isolation import copy_of


class Count:
    """How many values are not None. `merges`: a run of values may be added up in advance."""

    merges: ClassVar[bool] = True

    def __init__(self) -> None:
        self.count = 0

    def check(self, value: Any) -> Any:
        """The value to add. Raises TypeError where it can't be added."""
        return value

    def add(self, value: Any, time: int, arrival: int) -> None:
        """One value more."""
        if value is not None:
            self.count += 1

    def merge(self, other: Any) -> None:
        """Take over what another accumulator of the kind has."""
        self.count += other.count

    def result(self) -> Any:
        """The outcome so far."""
        return self.count

    def state(self) -> list[Any]:
        """What is durable about it."""
        return [self.count]

    def load(self, state: list[Any]) -> None:
        """Take back what `state` gave."""
        (self.count,) = state


class Sum(Count):
    """The sum, and how many numbers it has."""

    def __init__(self) -> None:
        super().__init__()
        self.total: Any = 0

    def check(self, value: Any) -> Any:
        return checked_number(value)

    def add(self, value: Any, time: int, arrival: int) -> None:
        if value is not None:
            self.count += 1
            self.total += value

    def merge(self, other: Any) -> None:
        self.count += other.count
        self.total += other.total

    def result(self) -> Any:
        return self.total if self.count else None

    def state(self) -> list[Any]:
        return [self.count, self.total]

    def load(self, state: list[Any]) -> None:
        self.count, self.total = state


class Mean(Sum):
    """The arithmetic mean."""

    def result(self) -> Any:
        return self.total / self.count if self.count else None


class StdDev(Count):
    """The standard deviation of a sample, by Welford's running moments."""

    def __init__(self) -> None:
        super().__init__()
        self.mean = self.squares = 0.0

    def check(self, value: Any) -> Any:
        return checked_number(value)

    def add(self, value: Any, time: int, arrival: int) -> None:
        if value is not None:
            self.count += 1
            delta = value - self.mean
            self.mean += delta / self.count
            self.squares += delta * (value - self.mean)

    def merge(self, other: Any) -> None:
        if other.count:
            count = self.count + other.count
            delta = other.mean - self.mean
            self.squares += other.squares + delta * delta * self.count * other.count / count
            self.mean += delta * other.count / count
            self.count = count

    def result(self) -> Any:
        return math.sqrt(self.squares / (self.count - 1)) if self.count > 1 else None

    def state(self) -> list[Any]:
        return [self.count, self.mean, self.squares]

    def load(self, state: list[Any]) -> None:
        self.count, self.mean, self.squares = state


class Min(Count):
    """The smallest value; of equal ones the first that came."""

    value: Any = None

    def check(self, value: Any) -> Any:
        if value is not None and self.value is not None:
            self.better(value, self.value)  # raises TypeError for what can't be compared
        return storable(value)

    def better(self, value: Any, held: Any) -> bool:
        """Whether a value takes the place of the one held."""
        return bool(value < held)

    def add(self, value: Any, time: int, arrival: int) -> None:
        if value is not None and (self.value is None or self.better(value, self.value)):
            self.value = value

    def merge(self, other: Any) -> None:
        self.add(other.value, 0, 0)

    def result(self) -> Any:
        return copy_of(self.value)

    def state(self) -> list[Any]:
        return [self.value]

    def load(self, state: list[Any]) -> None:
        (self.value,) = state


class Max(Min):
    """The largest value; of equal ones the first that came."""

    def better(self, value: Any, held: Any) -> bool:
        return bool(value > held)


class First(Count):
    """The value of the earliest event."""

    def __init__(self) -> None:
        self.held: list[Any] | None = None  # time, arrival, value

    def check(self, value: Any) -> Any:
        return storable(value)

    def earlier(self, one: list[Any], other: list[Any]) -> bool:
        """Whether the first of two comes first here."""
        return bool(one[:2] < other[:2])

    def add(self, value: Any, time: int, arrival: int) -> None:
        if value is not None:
            self._take([time, arrival, value])

    def merge(self, other: Any) -> None:
        if other.held is not None:
            self._take(other.held)

    def result(self) -> Any:
        return None if self.held is None else copy_of(self.held[2])

    def state(self) -> list[Any]:
        return [self.held]

    def load(self, state: list[Any]) -> None:
        (self.held,) = state

    def _take(self, candidate: list[Any]) -> None:
        if self.held is None or self.earlier(candidate, self.held):
            self.held = candidate


class Last(First):
    """The value of the latest event."""

    def earlier(self, one: list[Any], other: list[Any]) -> bool:
        return bool(one[:2] >= other[:2])


class Collect(Count):
    """All values in event-time order."""

    def __init__(self) -> None:
        self.values: list[list[Any]] = []  # time, arrival, value

    def check(self, value: Any) -> Any:
        return storable(value)

    def add(self, value: Any, time: int, arrival: int) -> None:
        if value is not None:
            self.values.append([time, arrival, value])

    def merge(self, other: Any) -> None:
        self.values += other.values

    def result(self) -> Any:
        return [copy_of(value) for *_, value in sorted(self.values, key=lambda held: held[:2])] or None

    def state(self) -> list[Any]:
        return [self.values]

    def load(self, state: list[Any]) -> None:
        (self.values,) = state
