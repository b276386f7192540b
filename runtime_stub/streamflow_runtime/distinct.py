"""The number of different values: exact to 10,000, then by HyperLogLog (standard error 1.6%)."""

from __future__ import annotations

import json
import math
from hashlib import blake2b
from typing import Any

from streamflow_runtime.accumulators import Count
from streamflow_runtime.keys import checked_key

EXACT = 10_000
_REGISTERS = 4096


class Distinct(Count):
    """Values as they are until there are too many, then 4096 registers."""

    def __init__(self) -> None:
        self.values: dict[Any, None] | None = {}
        self.registers = bytearray()

    def check(self, value: Any) -> Any:
        return checked_key(value, math.inf)

    def add(self, value: Any, time: int, arrival: int) -> None:
        if value is None:
            return
        if self.values is None:
            self._register(value)
            return
        self.values[value] = None
        if len(self.values) > EXACT:
            self._give_up_exactness()

    def merge(self, other: Any) -> None:
        if other.values is not None:
            for value in other.values:
                self.add(value, 0, 0)
            return
        self._give_up_exactness()
        self.registers = bytearray(map(max, self.registers, other.registers))

    def result(self) -> Any:
        if self.values is not None:
            return len(self.values)
        estimate = 0.7213 / (1 + 1.079 / _REGISTERS) * _REGISTERS**2 / sum(2.0**-rank for rank in self.registers)
        empty = self.registers.count(0)
        if estimate <= 2.5 * _REGISTERS and empty:
            estimate = _REGISTERS * math.log(_REGISTERS / empty)
        return round(estimate)

    def state(self) -> list[Any]:
        return [None if self.values is None else list(self.values), bytes(self.registers)]

    def load(self, state: list[Any]) -> None:
        values, registers = state
        self.values, self.registers = None if values is None else dict.fromkeys(values), bytearray(registers)

    def _give_up_exactness(self) -> None:
        if self.values is not None:
            values, self.values = self.values, None
            self.registers = bytearray(_REGISTERS)
            for value in values:
                self._register(value)

    def _register(self, value: Any) -> None:
        if isinstance(value, (bool, float)) and value == int(value):
            value = int(value)  # equal in Python, so one value
        digest = int.from_bytes(blake2b(json.dumps(value).encode(), digest_size=8).digest(), "big")
        rank = 53 - (digest >> 12).bit_length()
        register = digest % _REGISTERS
        self.registers[register] = max(self.registers[register], rank)
