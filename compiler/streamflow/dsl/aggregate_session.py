"""Aggregate over sessions: activity of a key that a gap of inactivity closes."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from streamflow.dsl.aggregate import AggregateOptions
from streamflow.dsl.node import PositiveMilliseconds


class SessionAggregateOptions(AggregateOptions):
    """A session covers `[first, last + gap)`; a packet between two sessions merges them."""

    kind: ClassVar[str] = "aggregate.session"
    ports: ClassVar[tuple[str, ...]] = ("out", "late", "error")

    gap: PositiveMilliseconds = Field(examples=['gap="30m"'])
