"""One entry of `aggregates=`, as passes and the target see it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from streamflow.ir.function import Function


@dataclass(frozen=True)
class Aggregation:
    """`value` and `weight` are a field's name or a function; `functions` are the callbacks of a custom one."""

    kind: str
    value: str | Function | None = None
    weight: str | Function | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)
    functions: Mapping[str, Function] = field(default_factory=dict)

    @property
    def all_functions(self) -> tuple[Function, ...]:
        """Every function of the user's in it."""
        own = (part for part in (self.value, self.weight) if isinstance(part, Function))
        return (*own, *self.functions.values())
