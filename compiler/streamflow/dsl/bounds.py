"""What a graph may take in and hold: limits of what comes, and how much may wait on its way out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from streamflow.diagnostics import Diagnostic, Span, did_you_mean
from streamflow.dsl.problems import report
from streamflow.dsl.sizes import size_in_bytes

Overflow = Literal["refuse", "drop_oldest", "drop_newest"]
"""What happens when a buffer is full: its sources are refused, or packets are dropped and counted."""


class Limits(BaseModel):
    """At most so many: bytes of a body, events of a batch, levels of a value, bytes of a key, keys of a node."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    body: int = Field(8 * 1024 * 1024, ge=1)
    batch: int = Field(100_000, ge=1)
    nesting: int = Field(64, ge=1, le=500)
    key: int = Field(1024, ge=16)
    keys: int = Field(100_000, ge=1)


class Buffer(BaseModel):
    """The bound of each buffer, and what happens at it."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    packets: int = Field(10_000, ge=1)
    bytes: Annotated[int, BeforeValidator(size_in_bytes)] = 16 * 1024 * 1024
    overflow: Overflow = "refuse"


B = TypeVar("B", bound=BaseModel)


def bounds_of(model: type[B], given: object, option: str, span: Span) -> B:
    """The bounds that an option gives; what is wrong with it is reported."""
    try:
        return model.model_validate(dict(given) if isinstance(given, Mapping) else given)
    except ValidationError as invalid:
        for error in invalid.errors(include_url=False):
            _report(model, option, span, dict(error))
        return model()


def _report(model: type[BaseModel], option: str, span: Span, error: dict[str, Any]) -> None:
    name = str(error["loc"][0]) if error["loc"] else ""
    noun = option.removesuffix("s")
    if not name:
        help = f"write {option}={{{', '.join(f'{field!r}: ...' for field in model.model_fields)}}}"
        report(Diagnostic("SF004", span, f"`{option}` must be a dict", help))
    elif error["type"] == "extra_forbidden":
        help = did_you_mean(name, model.model_fields) or f"{option} has {', '.join(model.model_fields)}"
        help = help.replace("limits has", "limits are")
        message = f"there is no limit `{name}`" if option == "limits" else f"`{option}` has no `{name}`"
        report(Diagnostic("SF003", span, message, help))
    else:
        message = str(error["msg"]).removeprefix("Value error, ").replace("Input should", "must")
        help = f"write {option}={{{name!r}: {model.model_fields[name].default!r}}}, which it is unless given"
        report(Diagnostic("SF004", span, f"{noun} `{name}` {message}", help))
