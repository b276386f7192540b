"""What emits each kind of node: its code in the way of a packet and, where it keeps state, the object that holds it."""

from __future__ import annotations

from dataclasses import dataclass

from streamflow.target import (
    aggregate,
    filter,
    filter_dedupe,
    filter_rate_limit,
    filter_route,
    filter_sample,
    filter_validate,
    join,
    sink,
    transform,
    transform_enrich,
    transform_flat_map,
    transform_stateful_map,
)
from streamflow.target.emission import Construct, Emitter


@dataclass(frozen=True)
class Operator:
    """`emit` puts the node's code into a flow; `construct` gives the expression that makes its state object."""

    emit: Emitter
    construct: Construct | None = None


OPERATORS: dict[str, Operator] = {
    "transform": Operator(transform.emit, transform.construct),
    "transform.enrich": Operator(transform_enrich.emit),
    "transform.flat_map": Operator(transform_flat_map.emit),
    "transform.stateful_map": Operator(transform_stateful_map.emit, transform_stateful_map.construct),
    "filter": Operator(filter.emit),
    "filter.dedupe": Operator(filter_dedupe.emit, filter_dedupe.construct),
    "filter.sample": Operator(filter_sample.emit, filter_sample.construct),
    "filter.rate_limit": Operator(filter_rate_limit.emit, filter_rate_limit.construct),
    "filter.route": Operator(filter_route.emit),
    "filter.validate": Operator(filter_validate.emit),
    "aggregate.time": Operator(aggregate.emit, aggregate.construct),
    "aggregate.count": Operator(aggregate.emit, aggregate.construct),
    "aggregate.session": Operator(aggregate.emit, aggregate.construct),
    "join.within": Operator(join.emit, join.construct),
    "join.window": Operator(join.emit, join.construct),
    "join.latest": Operator(join.emit, join.construct),
    "sink.http": Operator(sink.emit),
    "sink.websocket": Operator(sink.emit),
    "sink.database": Operator(sink.emit),
    "sink.log": Operator(sink.emit),
    "sink.endpoint": Operator(sink.emit),
    "sink.kv": Operator(sink.emit),
    "sink.analytics": Operator(sink.emit),
    "sink.custom": Operator(sink.emit),
}
