"""What a failing packet meets: the error strategy and its retry policy, of a graph or of a node."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, TypeAlias, TypedDict

from pydantic import BaseModel, ConfigDict, Field

from streamflow.dsl.durations import Duration
from streamflow.dsl.milliseconds import NotNegativeMilliseconds

ErrorStrategy: TypeAlias = Literal["continue", "stop", "retry"]
STRATEGIES = ("continue", "stop", "retry")
EXAMPLE = 'retry_policy={"max_retries": 3, "initial_delay": 1.0, "backoff_multiplier": 2, "max_delay": 60}'


class RetryPolicyOptions(TypedDict, total=False):
    """A retry policy as users write it."""

    max_retries: int
    backoff_multiplier: float
    initial_delay: Duration
    max_delay: Duration
    jitter: float


class ErrorHandling(TypedDict, total=False):
    """Options that every node but a sink has: they come before those of the graph."""

    error_strategy: ErrorStrategy
    retry_policy: RetryPolicyOptions


class RetryPolicy(BaseModel):
    """The n-th retry comes `initial_delay * backoff_multiplier ** (n - 1)` after the failure, at most `max_delay`,
    and at least a millisecond.

    `jitter` is the share of that by which a retry may come earlier. Delays are milliseconds once validated.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    max_retries: int = Field(3, ge=0, strict=True)
    backoff_multiplier: float = Field(2.0, ge=1, le=100)
    initial_delay: NotNegativeMilliseconds = 1000
    max_delay: NotNegativeMilliseconds = 60_000
    jitter: float = Field(0.1, ge=0, le=1)


def merged(general: Mapping[str, Any], own: RetryPolicy | None) -> dict[str, Any]:
    """The policy of a node: its own settings, then those of the graph, then the usual ones."""
    given = {} if own is None else own.model_dump(exclude_unset=True)
    return {**RetryPolicy().model_dump(), **general, **given}
