"""Stateful map: a function of a key's state and a value; durable, one state a key."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Self

from pydantic import BeforeValidator, Field, model_validator

from streamflow.dsl.node import Key, Options, PositiveMilliseconds, SyncFunction
from streamflow.dsl.signatures import takes_at_most

_SCALARS = (str, int, float, bool, bytes, type(None))


def _initial(value: object) -> object:
    """A plain value, or a callable without arguments that gives one."""
    if callable(value):
        takes_at_most(0, value, "without arguments")
    else:
        _check_plain(value)
    return value


def _on_expire(value: object) -> object:
    if callable(value):
        takes_at_most(2, value, "with the state and the key")
    return value


def _check_plain(value: object) -> None:
    if type(value) is dict:
        parts: tuple[object, ...] = (*value.keys(), *value.values())
    elif type(value) in (list, tuple, set, frozenset):
        parts = tuple(value)  # type: ignore[arg-type]
    elif type(value) in _SCALARS and not (type(value) is float and not math.isfinite(value)):
        return
    else:
        raise ValueError(f"must be a JSON value or a function that makes the state, not {value!r}")
    for part in parts:
        _check_plain(part)


class StatefulMapOptions(Options):
    """`function(state, data)` gives `(state, output)`; a state of None is forgotten, an output of None is not emitted.

    `on_expire(state, key)` gives the same when `ttl` has passed since the key's state was written last.
    """

    kind: ClassVar[str] = "transform.stateful_map"
    callbacks: ClassVar[Mapping[str, int]] = {"function": 2, "key": 1, "initial": 0, "on_expire": 2}
    must_return: ClassVar[tuple[str, ...]] = ("function", "on_expire")

    key: Key | None = Field(None, examples=['key="account"'])
    initial: Annotated[Any, BeforeValidator(_initial)] = Field(None, examples=['initial={"count": 0}'])
    function: SyncFunction = Field(examples=["function=lambda state, data: (state + 1, {**data, ...})"])
    ttl: PositiveMilliseconds | None = Field(None, examples=['ttl="1d"'])
    on_expire: Annotated[SyncFunction | None, BeforeValidator(_on_expire)] = Field(
        None, examples=["on_expire=lambda state, key: (None, {...})"]
    )

    @model_validator(mode="after")
    def _expires(self) -> Self:
        if self.on_expire is not None and self.ttl is None:
            raise ValueError("`on_expire` needs a `ttl`: it runs when that has passed since the last write")
        return self
