"""`agg.custom`: an accumulator of the user's functions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from streamflow_runtime.accumulators import Count
from streamflow_runtime.addends import storable
from streamflow_runtime.isolation import copy_of


class Custom(Count):
    """`check` works out the accumulator with the value in it, on a copy: one that raises leaves no trace.

    What `create` gives need not be neutral to `merge`, which not every one has.
    """

    merges = False

    def __init__(
        self,
        create: Callable[[], Any],
        add: Callable[[Any, Any], Any],
        merge: Callable[[Any, Any], Any] | None = None,
        result: Callable[[Any], Any] | None = None,
    ) -> None:
        self._add, self._merge, self._result = add, merge, result
        self.value = copy_of(create())

    def check(self, value: Any) -> Any:
        return storable(self._add(copy_of(self.value), value))

    def add(self, value: Any, time: int, arrival: int) -> None:
        self.value = value

    def merge(self, other: Any) -> None:
        assert self._merge is not None
        self.value = self._merge(self.value, other.value)

    def result(self) -> Any:
        value = copy_of(self.value)
        return value if self._result is None else self._result(value)

    def state(self) -> list[Any]:
        return [self.value]

    def load(self, state: list[Any]) -> None:
        (self.value,) = state
