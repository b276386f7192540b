"""`nodes.source(...)`, `nodes.transform(...)` and the rest: one constructor a family, typed for every kind."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamflow.dsl.nodes.aggregates import aggregate
from streamflow.dsl.nodes.filters import dedupe, filter, rate_limit, route, sample, validate
from streamflow.dsl.nodes.joins import join
from streamflow.dsl.nodes.sinks import sink
from streamflow.dsl.nodes.sources import source
from streamflow.dsl.nodes.transforms import convert, enrich, flat_map, stateful_map, transform

__all__ = (
    "aggregate",
    "convert",
    "dedupe",
    "enrich",
    "filter",
    "flat_map",
    "join",
    "rate_limit",
    "route",
    "sample",
    "sink",
    "source",
    "stateful_map",
    "transform",
    "validate",
)

if not TYPE_CHECKING:  # type checkers know the kinds above; of a plugin's they learn by its own function

    def __getattr__(name: str) -> object:
        """The constructor of a kind that an installed plugin brings."""
        from streamflow.dsl.plugins import constructor_of

        if name.startswith("_"):
            raise AttributeError(name)
        return constructor_of(name)
