"""Options that sinks share."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator, model_validator

from streamflow.dsl.bounds import Overflow
from streamflow.dsl.error_handling import RetryPolicy
from streamflow.dsl.node import Options, PositiveMilliseconds
from streamflow.dsl.sizes import size_in_bytes


class Batch(BaseModel):
    """How outputs are gathered: at most `size` of them and `bytes` together, waiting at most `delay`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    size: int = Field(1000, ge=1)
    delay: PositiveMilliseconds = 1000
    bytes: Annotated[int, BeforeValidator(size_in_bytes)] | None = None


class SinkOptions(Options):
    """A sink emits nothing but `error`."""

    ports: ClassVar[tuple[str, ...]] = ("error",)

    @model_validator(mode="after")
    def _tries_again_by_itself(self) -> Self:
        if self.error_strategy is not None:
            raise ValueError("a sink has no `error_strategy`: what it can't deliver leaves by its `error`")
        if self.retry_policy is not None and not isinstance(self, SendingSinkOptions):
            raise ValueError("nothing is sent here, so there is nothing to try again: leave out `retry_policy`")
        return self


class BatchingSinkOptions(SinkOptions):
    """`batch=N` or `batch={"size": N, "delay": "1s", "bytes": "1MB"}` lets several outputs go at once."""

    most_in_a_batch: ClassVar[int] = 100_000

    batch: Batch | None = Field(None, examples=['batch={"size": 100, "delay": "1s"}'])

    @field_validator("batch", mode="before")
    @classmethod
    def _sizes(cls, batch: Any) -> Any:
        given = {"size": batch} if isinstance(batch, int) and not isinstance(batch, bool) else batch
        if given is None:
            return None
        if not isinstance(given, dict):
            raise ValueError(f"is a number of outputs, or a dict with `size`, `delay` and `bytes`, not {batch!r}")
        most = cls.most_in_a_batch
        made = Batch.model_validate({"size": min(1000, most), **given})
        if made.size > most:
            raise ValueError(f"holds at most {most} outputs: the platform takes no more at once")
        return made


class SendingSinkOptions(BatchingSinkOptions):
    """Sinks whose outputs wait until they are delivered: how many at a time, in which order, how often."""

    concurrency: int = Field(6, ge=1, le=100, examples=["concurrency=2"])
    ordered: bool = Field(False, examples=["ordered=True"])
    retry_policy: RetryPolicy | None = Field(
        None, strict=False, examples=['retry_policy={"max_retries": 5, "max_delay": "10s"}']
    )
    overflow: Overflow | None = Field(None, examples=['overflow="drop_oldest"'])


SENDING = ("concurrency", "ordered", "retry_policy", "overflow")
"""What only sinks have whose outputs wait."""


def refuse_sending(options: SendingSinkOptions, unless: str, why: str) -> None:
    """Raises ValueError where one of `SENDING` is given to a sink whose outputs don't wait."""
    for name in SENDING:
        if name in options.model_fields_set:
            raise ValueError(f"`{name}` is for outputs that wait to be sent: give `{unless}`, or leave it out; {why}")
