"""`nodes.source(...)`, `nodes.transform(...)` and the rest: one constructor a family, typed for every kind."""

from streamflow.dsl.nodes.aggregates import aggregate
from streamflow.dsl.nodes.filters import dedupe, filter, rate_limit, route, sample, validate
from streamflow.dsl.nodes.joins import join
from streamflow.dsl.nodes.sinks import sink
from streamflow.dsl.nodes.sources import source
from streamflow.dsl.nodes.transforms import enrich, flat_map, stateful_map, transform

__all__ = (
    "aggregate",
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
