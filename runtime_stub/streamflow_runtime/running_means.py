"""Means that grow value by value: to the bit, and in any order, what `statistics.fmean` and `statistics.mean` give."""

from __future__ import annotations

import statistics
from decimal import Decimal
from fractions import Fraction
from math import fsum, isfinite
from typing import Any

_KINDS: dict[str, type[Any]] = {"int": int, "float": float, "Decimal": Decimal, "Fraction": Fraction}


class FloatMean:
    """`partials` are floats whose exact sum is that of all values, as in Shewchuk's algorithm, which `fsum` follows."""

    __slots__ = ("count", "odd", "partials")

    def __init__(self) -> None:
        self.count = 0
        self.partials: list[float] = []
        self.odd: list[float] = []  # an infinity, its opposite, a NaN: one of each that came

    def add(self, value: Any) -> None:
        """One more value. Raises what `fsum` raises."""
        number = fsum((value,))
        if isfinite(number):
            self._spread(number)
        elif repr(number) not in map(repr, self.odd):
            self.odd.append(number)
        self.count += 1

    def result(self) -> float:
        """What `fmean` gives. Raises StatisticsError where there are no values."""
        return fsum([*self.partials, *self.odd]) / self.count if self.count else statistics.fmean(())

    def merge(self, other: FloatMean) -> None:
        """Take in the values of another."""
        for number in (*other.partials, *other.odd):
            self.add(number)
        self.count += other.count - len(other.partials) - len(other.odd)

    def state(self) -> list[Any]:
        """What is durable about it."""
        return [self.count, self.partials, self.odd]

    def load(self, state: list[Any]) -> None:
        """Take back what `state` gave."""
        self.count, self.partials, self.odd = state

    def _spread(self, number: float) -> None:
        """Add a number without losing a bit of the sum."""
        kept = []
        for partial in self.partials:
            large, small = (number, partial) if abs(number) >= abs(partial) else (partial, number)
            number = large + small
            if not isfinite(number):
                raise OverflowError("intermediate overflow in fsum")
            if rest := small - (number - large):
                kept.append(rest)
        self.partials = [*kept, number]


class ExactMean:
    """`parts` are sums of numerators by denominator, `kind` is the type of the mean, `odd` sums what is not finite."""

    __slots__ = ("count", "kind", "odd", "parts")

    def __init__(self) -> None:
        self.count = 0
        self.kind: type[Any] = int
        self.parts: dict[int, int] = {}
        self.odd = 0.0

    def add(self, value: Any) -> None:
        """One more value. Raises what `mean` raises."""
        kind = self._kind_with(value)
        if isinstance(value, float) and not isfinite(value):
            self.odd += value
        else:
            numerator, denominator = value.as_integer_ratio()
            self.parts[denominator] = self.parts.get(denominator, 0) + numerator
        self.kind = kind
        self.count += 1

    def result(self) -> Any:
        """What `mean` gives. Raises StatisticsError where there are no values."""
        if not self.count:
            return statistics.mean(())
        if self.odd:
            return self.kind(self.odd / self.count)
        exact = sum((Fraction(numerator, denominator) for denominator, numerator in self.parts.items()), Fraction())
        mean = exact / self.count
        if self.kind is Decimal:
            return Decimal(mean.numerator) / mean.denominator
        return float(mean) if self.kind is int and mean.denominator != 1 else self.kind(mean)

    def merge(self, other: ExactMean) -> None:
        """Take in the values of another. Raises TypeError where theirs are of a type that doesn't go with these."""
        self.kind = self._kind_with(other.kind(1))
        for denominator, numerator in other.parts.items():
            self.parts[denominator] = self.parts.get(denominator, 0) + numerator
        self.odd += other.odd
        self.count += other.count

    def state(self) -> list[Any]:
        """What is durable about it."""
        return [self.count, self.kind.__name__, [[*part] for part in self.parts.items()], self.odd]

    def load(self, state: list[Any]) -> None:
        """Take back what `state` gave."""
        self.count, kind, parts, self.odd = state
        self.kind, self.parts = _KINDS[kind], dict(parts)

    def _kind_with(self, value: Any) -> type[Any]:
        """The type of the mean with this value, too."""
        own, kind = self.kind, type(value)
        if kind is own or kind is bool:
            return own
        statistics.mean((own(1), value))  # raises for what is no number, or doesn't go with the others
        if own is int or kind is int:
            return kind if own is int else own
        return float
