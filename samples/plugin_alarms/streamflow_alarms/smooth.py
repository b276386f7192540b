"""`nodes.smooth`: an exponentially weighted moving average, which stands for a stateful map."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from importlib.resources import files
from typing import Any, ClassVar

from pydantic import Field

from streamflow import nodes
from streamflow.plugin import Duration, Key, Node, NodeKind, Options, PositiveMilliseconds


class SmoothOptions(Options):
    """Each new mean is `weight` of the value and the rest of the mean before."""

    kind: ClassVar[str] = "transform.smooth"
    callbacks: ClassVar[Mapping[str, int]] = {"key": 1}

    field: str = Field(examples=['field="celsius"'])
    weight: float = Field(0.2, gt=0, le=1, examples=["weight=0.2"])
    key: Key | None = Field(None, examples=['key="oven"'])
    into: str = Field("mean", examples=['into="mean"'])
    ttl: PositiveMilliseconds | None = Field(None, examples=['ttl="1d"'])


def lower(name: str, options: SmoothOptions) -> Node:
    """A stateful map whose state is the mean."""
    field, weight, into = options.field, options.weight, options.into

    def smoothed(mean: float | None, data: dict[str, Any]) -> tuple[float, dict[str, Any]]:
        mean = data[field] if mean is None else mean + weight * (data[field] - mean)
        return mean, {**data, into: mean}

    ttl = None if options.ttl is None else timedelta(milliseconds=options.ttl)
    return nodes.stateful_map(name, function=smoothed, key=options.key, ttl=ttl)


SMOOTH = NodeKind(
    options=SmoothOptions,
    api=1,
    lower=lower,
    page=files("streamflow_alarms").joinpath("smooth.md").read_text(encoding="utf-8"),
)


@SMOOTH.constructor
def smooth(
    name: str,
    *,
    field: str,
    weight: float = 0.2,
    key: Key | None = None,
    into: str = "mean",
    ttl: Duration | None = None,
) -> Node:
    """Every record, with the moving average of a field in its field `into`."""
    raise NotImplementedError
