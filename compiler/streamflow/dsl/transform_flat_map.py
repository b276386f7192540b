"""Flat map: one value in, zero or more out."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from streamflow.dsl.node import Options, SyncFunction


class FlatMapOptions(Options):
    """`function(data)` gives the values: a list, a generator, any iterable."""

    kind: ClassVar[str] = "transform.flat_map"
    must_return: ClassVar[tuple[str, ...]] = ("function",)
    may_yield: ClassVar[tuple[str, ...]] = ("function",)

    function: SyncFunction = Field(examples=['function=lambda data: data["items"]'])
