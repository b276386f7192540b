"""Sample: a share of the packets, or every n-th; the others leave by `rejected`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Self

from pydantic import Field, model_validator

from streamflow.dsl.node import Key, Options


class SampleOptions(Options):
    """`rate` is a share of the keys where there is a `key`, else of the positions; `every=n` keeps 1st, n+1st, ..."""

    kind: ClassVar[str] = "filter.sample"
    ports: ClassVar[tuple[str, ...]] = ("out", "rejected", "error")
    callbacks: ClassVar[Mapping[str, int]] = {"key": 1}

    rate: float | None = Field(None, gt=0, le=1, examples=["rate=0.1"])
    every: int | None = Field(None, ge=1, examples=["every=10"])
    key: Key | None = Field(None, examples=['key="account"'])
    seed: int = Field(0, examples=["seed=1"])

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if (self.rate is None) == (self.every is None):
            raise ValueError("give either `rate` or `every`")
        if self.every is not None and self.key is not None:
            raise ValueError("`every` counts positions: a `key` goes with `rate`")
        return self
