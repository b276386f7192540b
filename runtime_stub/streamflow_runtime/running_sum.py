"""A sum that grows value by value and has the bits of the builtin `sum` of Python 3.12 and later, which compensates."""

from __future__ import annotations

import sys
from math import isfinite
from typing import Any

_LARGEST = sys.maxsize  # what a C long holds, here as in the builtin


class RunningSum:
    """`total` so far. The builtin adds integers, then floats with a carry, and for good plainly after anything else."""

    __slots__ = ("carry", "plain", "total")

    def __init__(self) -> None:
        self.total: Any = 0
        self.carry = 0.0
        self.plain = False

    def result(self) -> Any:
        """What `sum` gives for the values so far."""
        return self.total + self.carry if self.carry and isfinite(self.carry) else self.total

    def add(self, value: Any) -> None:
        """One more value. Raises what adding it raises, and has not changed then."""
        total = self.total
        if type(total) is float and type(value) is float and not self.plain:
            raised = total + value
            self.carry += (total - raised) + value if abs(total) >= abs(value) else (value - raised) + total
            self.total = raised
        elif self.plain or not self._keeps_mode(value):
            self.total = self.result() + value
            self.carry = 0.0
            self.plain = True
        else:
            self.total = total + value

    def parts(self) -> tuple[Any, float | None]:
        """The total and the carry, for code that adds floats by itself; no carry where it has to ask `add_to`."""
        return self.total, self.carry if type(self.total) is float and not self.plain else None

    def settle(self, total: Any, carry: float | None) -> None:
        """Take back what has become of the parts."""
        self.total = total
        if carry is not None:
            self.carry = carry

    def add_to(self, total: Any, carry: float | None, value: Any) -> tuple[Any, float | None]:
        """One more value behind these parts; gives the parts. Raises what adding it raises."""
        self.settle(total, carry)
        self.add(value)
        return self.parts()

    def _keeps_mode(self, value: Any) -> bool:
        """Whether integers or floats go on being added in their own way."""
        if not isinstance(value, (int, float)) or (isinstance(value, int) and not -_LARGEST - 1 <= value <= _LARGEST):
            return False
        if type(self.total) is float:
            return isinstance(value, int)
        if type(value) is float:
            return True  # from here on, floats
        return type(value) in (int, bool) and -_LARGEST - 1 <= self.total + value <= _LARGEST

    def state(self) -> list[Any]:
        """What is durable about it."""
        return [self.total, self.carry, self.plain]

    def load(self, state: list[Any]) -> None:
        """Take back what `state` gave."""
        self.total, self.carry, self.plain = state
