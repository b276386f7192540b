"""The most frequent values, or those of the largest weight: exact to 10,000 values, then by the Space-Saving sketch."""

from __future__ import annotations

from math import inf
from typing import Any

from streamflow_runtime.accumulators import Count
from streamflow_runtime.addends import checked_number
from streamflow_runtime.keys import checked_key

EXACT = 10_000


class TopK(Count):
    """Weights by value. A new value beyond the bound takes the place, and the weight, of the lightest."""

    def __init__(self, k: int, weighted: bool = False) -> None:
        self.k, self.weighted = k, weighted
        self.weights: dict[Any, Any] = {}

    def check(self, value: Any) -> Any:
        if self.weighted:
            return checked_key(value[0], inf), checked_number(value[1])
        return checked_key(value, inf)

    def add(self, value: Any, time: int, arrival: int) -> None:
        value, weight = value if self.weighted else (value, 1)
        if value is not None and weight is not None:
            self._add(value, weight)

    def merge(self, other: Any) -> None:
        for value, weight in other.weights.items():
            self._add(value, weight)

    def result(self) -> Any:
        heaviest = sorted(self.weights.items(), key=lambda item: item[1], reverse=True)[: self.k]
        return [{"value": value, "count": weight} for value, weight in heaviest] or None

    def state(self) -> list[Any]:
        return [[[value, weight] for value, weight in self.weights.items()]]

    def load(self, state: list[Any]) -> None:
        self.weights = {value: weight for value, weight in state[0]}

    def _add(self, value: Any, weight: Any) -> None:
        if value in self.weights:
            self.weights[value] += weight
        elif len(self.weights) < EXACT:
            self.weights[value] = weight
        else:
            lightest = min(self.weights, key=self.weights.__getitem__)
            self.weights[value] = self.weights.pop(lightest) + weight
