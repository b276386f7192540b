"""Options that sinks share."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator

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


class BatchingSinkOptions(SinkOptions):
    """Sinks that can send several outputs at once: `batch=N` or `batch={"size": N, "delay": "1s", "bytes": "1MB"}`."""

    batch: Batch | None = Field(None, examples=['batch={"size": 500, "delay": "1s"}'])

    @field_validator("batch", mode="before")
    @classmethod
    def _sizes(cls, batch: Any) -> Any:
        if isinstance(batch, int) and not isinstance(batch, bool):
            return Batch(size=batch)
        return Batch.model_validate(batch) if isinstance(batch, dict) else batch
