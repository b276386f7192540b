"""Dedupe: the first packet of a key within a span goes on; the others leave by `duplicate`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from pydantic import Field

from streamflow.dsl.node import Key, Options, PositiveMilliseconds


class DedupeOptions(Options):
    """The span starts at the first packet of a key, by the clock."""

    kind: ClassVar[str] = "filter.dedupe"
    ports: ClassVar[tuple[str, ...]] = ("out", "duplicate", "error")
    callbacks: ClassVar[Mapping[str, int]] = {"key": 1}

    key: Key = Field(examples=['key="id"'])
    within: PositiveMilliseconds = Field(examples=['within="1h"'])
