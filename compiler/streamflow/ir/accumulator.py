"""A running figure of a window, which a pass has found in the user's function over packets."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import Literal, TypeAlias

from streamflow.ir.function import Function

AccumulatorKind: TypeAlias = Literal["sum", "min", "max", "any", "all", "distinct", "mean", "fmean"]


@dataclass(frozen=True)
class Accumulator:
    """What `kind` makes of `value(data)` of every packet, or of those where `where(data)` holds.

    Both functions are pure and can stand in the place of a call.
    """

    kind: AccumulatorKind
    value: Function
    where: Function | None = None

    @property
    def merges_exactly(self) -> bool:
        """Whether figures of parts make that of all packets, to the bit, as sums of floats don't."""
        return self.kind != "sum" or isinstance(self.value.expression, ast.Constant)

    def __str__(self) -> str:
        where = "" if self.where is None else f", where={_text(self.where)}"
        return f"{self.kind}({_text(self.value)}{where})"


def _text(function: Function) -> str:
    assert function.expression is not None
    return f"lambda {', '.join(function.parameters)}: {ast.unparse(function.expression)}"
