"""Options that every join has."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Literal

from pydantic import Field

from streamflow.dsl.node import Function, Key, Options


class JoinOptions(Options):
    """`function(left, right)` gives what a pair becomes; one parameter more gets the packet from left."""

    inputs: ClassVar[tuple[str, ...]] = ("left", "right")
    ports: ClassVar[tuple[str, ...]] = ("out", "unmatched", "late", "error")
    callbacks: ClassVar[Mapping[str, int]] = {"function": 2, "key": 1}

    key: Key | None = Field(None, examples=['key="account"'])
    how: Literal["inner", "left", "outer"] = Field("inner", examples=['how="left"'])
    function: Function | None = Field(None, examples=["function=lambda left, right: {**left, **right}"])
