"""Custom sink: a function of the user's, async allowed, called at least once per output."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from streamflow.dsl.node import Function
from streamflow.dsl.sink import SendingSinkOptions


class CustomSinkOptions(SendingSinkOptions):
    """`function(data)`; with `batch` it gets a list of data, and one parameter more gets the packets."""

    kind: ClassVar[str] = "sink.custom"
    awaited: ClassVar[tuple[str, ...]] = ("function",)

    function: Function = Field(examples=["function=lambda data: print(data)"])
