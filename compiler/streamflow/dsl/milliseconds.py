"""Durations as types of options: validated, and whole milliseconds from then on."""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator

from streamflow.dsl.durations import milliseconds


def _not_negative(value: object) -> int:
    result = milliseconds(value)  # type: ignore[arg-type]
    if result < 0:
        raise ValueError("can't be negative")
    return result


def _positive(value: object) -> int:
    result = milliseconds(value)  # type: ignore[arg-type]
    if result <= 0:
        raise ValueError("must be at least 1 ms")
    return result


Milliseconds = Annotated[int, BeforeValidator(milliseconds)]
NotNegativeMilliseconds = Annotated[int, BeforeValidator(_not_negative)]
PositiveMilliseconds = Annotated[int, BeforeValidator(_positive)]
