"""Analytics sink: data points of Workers Analytics Engine."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from pydantic import Field, model_validator

from streamflow.dsl.bindings import BindingName
from streamflow.dsl.node import Key
from streamflow.dsl.sink import SendingSinkOptions


class AnalyticsSinkOptions(SendingSinkOptions):
    """`blobs` and `doubles` name the fields that become texts and numbers, in this order; `index` picks the index."""

    kind: ClassVar[str] = "sink.analytics"
    most_in_a_batch: ClassVar[int] = 250
    callbacks: ClassVar[Mapping[str, int]] = {"index": 1}

    binding: BindingName = Field(examples=['binding="VISITS"'])
    index: Key | None = Field(None, examples=['index="customer"'])
    blobs: list[str] | tuple[str, ...] = Field((), max_length=20, examples=['blobs=["page", "country"]'])
    doubles: list[str] | tuple[str, ...] = Field((), max_length=20, examples=['doubles=["milliseconds"]'])

    @model_validator(mode="after")
    def _something(self) -> AnalyticsSinkOptions:
        if self.index is None and not self.blobs and not self.doubles:
            raise ValueError("needs `index`, `blobs` or `doubles`: a data point has to say something")
        return self
