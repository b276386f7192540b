"""`nodes.hysteresis`: an alarm that comes at one threshold and ends at another."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files
from typing import ClassVar, Self

from pydantic import Field, model_validator

from streamflow.plugin import Give, Key, Node, NodeKind, Operator, Options, State


class HysteresisOptions(Options):
    """An alarm is on from a value at or beyond `on` until one at or beyond `off`, which lies on the other side."""

    kind: ClassVar[str] = "transform.hysteresis"
    callbacks: ClassVar[Mapping[str, int]] = {"key": 1, "value": 1}

    value: Key = Field(examples=['value="temperature"'])
    on: float = Field(examples=["on=80"])
    off: float = Field(examples=["off=70"])
    key: Key | None = Field(None, examples=['key="sensor"'])
    into: str = Field("alarm", examples=['into="alarm"'])

    @model_validator(mode="after")
    def _apart(self) -> Self:
        if self.on == self.off:
            raise ValueError("`on` and `off` must differ: without room between them an alarm would flutter")
        return self


HYSTERESIS = NodeKind(
    options=HysteresisOptions,
    api=1,
    operator=Operator(
        Give("state.step(key, value, data)", fields=("value",)),
        State("streamflow_alarms_runtime.hysteresis:Hysteresis", ("on", "off", "into")),
    ),
    page=files("streamflow_alarms").joinpath("hysteresis.md").read_text(encoding="utf-8"),
)


@HYSTERESIS.constructor
def hysteresis(name: str, *, value: Key, on: float, off: float, key: Key | None = None, into: str = "alarm") -> Node:
    """The records at which an alarm comes or ends, with True or False in their field `into`."""
    raise NotImplementedError
