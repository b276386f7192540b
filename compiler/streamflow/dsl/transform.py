"""Transform: one value in, one out; an async function runs as a stage of its own."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from streamflow.dsl.node import Function, Options, PositiveMilliseconds


class TransformOptions(Options):
    """`concurrency`, `ordered` and `timeout` (of one try) are for async functions."""

    kind: ClassVar[str] = "transform"
    must_return: ClassVar[tuple[str, ...]] = ("function",)

    function: Function = Field(examples=["function=lambda data: {**data, ...}"])
    concurrency: int = Field(16, ge=1)
    ordered: bool = True
    timeout: PositiveMilliseconds | None = Field(None, examples=['timeout="2s"'])
