"""How often, and after which pauses, something that failed is tried again."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from streamflow.dsl.node import NotNegativeMilliseconds


class RetryPolicy(BaseModel):
    """Pauses start at `initial_delay` and grow by `backoff_multiplier` up to `max_delay`, give or take `jitter`."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    max_retries: int = Field(3, ge=0)
    backoff_multiplier: float = Field(2, ge=1, le=100)
    initial_delay: NotNegativeMilliseconds = 1000
    max_delay: NotNegativeMilliseconds = 60_000
    jitter: float = Field(0.1, ge=0, le=1)
