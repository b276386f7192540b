"""Transform: one value in, one out; an async function runs as a stage of its own."""

from __future__ import annotations

from inspect import iscoroutinefunction
from typing import ClassVar

from pydantic import Field, model_validator

from streamflow.dsl.node import Function, Options, PositiveMilliseconds


class TransformOptions(Options):
    """`concurrency`, `ordered` and `timeout` (of one try) are for async functions."""

    kind: ClassVar[str] = "transform"
    must_return: ClassVar[tuple[str, ...]] = ("function",)
    awaited: ClassVar[tuple[str, ...]] = ("function",)

    function: Function = Field(examples=["function=lambda data: {**data, ...}"])
    concurrency: int = Field(16, ge=1, examples=["concurrency=4"])
    ordered: bool = Field(True, examples=["ordered=False"])
    timeout: PositiveMilliseconds | None = Field(None, examples=['timeout="2s"'])

    @model_validator(mode="after")
    def _waits(self) -> TransformOptions:
        given = {"concurrency": self.concurrency != 16, "ordered": not self.ordered, "timeout": self.timeout}
        if any(given.values()) and not iscoroutinefunction(self.function):
            names = ", ".join(f"`{name}`" for name, is_given in given.items() if is_given)
            raise ValueError(f"{names}: only for an `async def` function, the others never wait")
        return self
