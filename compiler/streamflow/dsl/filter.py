"""Filter: keeps the packets for which the predicate is true; the others leave by `rejected`."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from streamflow.dsl.node import Function, Options


class FilterOptions(Options):
    """`function(data)` is the predicate."""

    kind: ClassVar[str] = "filter"
    ports: ClassVar[tuple[str, ...]] = ("out", "rejected", "error")

    function: Function = Field(examples=['function=lambda data: data["amount"] > 100'])
