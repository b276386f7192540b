"""What emits each kind of node: its code in the way of a packet and, where it keeps state, the object that holds it."""

from __future__ import annotations

from dataclasses import dataclass

from streamflow.ir.graph import Node
from streamflow.target import (
    aggregate,
    filter_rate_limit,
    filter_route,
    filter_sample,
    filter_validate,
    join,
    sink,
    transform,
    transform_convert,
    transform_enrich,
    transform_flat_map,
    transform_stateful_map,
)
from streamflow.target.emission import Construct, Emitter
from streamflow.target.template import Keep, State, Template


@dataclass(frozen=True)
class Operator:
    """`emit` puts the node's code into a flow; `construct` gives the expression that makes its state object.

    Kinds that a plugin brings have the same two; a template and a `State` are enough for most.
    """

    emit: Emitter
    construct: Construct | None = None

    @property
    def keeps_state(self) -> bool:
        """Whether a node of this kind has a state object."""
        return self.construct is not None

    @property
    def imported(self) -> tuple[tuple[str, str], ...]:
        """The module of a plugin's state object, and its class."""
        return ((self.construct.module, self.construct.class_name),) if isinstance(self.construct, State) else ()

    @property
    def names(self) -> frozenset[str]:
        """The options that its template names."""
        return self.emit.names if isinstance(self.emit, Template) else frozenset()

    @property
    def ports(self) -> tuple[str, ...]:
        """The port beside the main one by which packets leave its template."""
        return (self.emit.otherwise,) if isinstance(self.emit, Keep) else ()


def operator_of(node: Node) -> Operator:
    """The operator of a node: of its kind, or of the plugin that brings its kind."""
    if node.operator is None:
        return OPERATORS[node.kind]
    assert isinstance(node.operator, Operator)
    return node.operator


OPERATORS: dict[str, Operator] = {
    "transform": Operator(transform.emit, transform.construct),
    "transform.convert": Operator(transform_convert.emit),
    "transform.enrich": Operator(transform_enrich.emit, transform_enrich.construct),
    "transform.flat_map": Operator(transform_flat_map.emit),
    "transform.stateful_map": Operator(transform_stateful_map.emit, transform_stateful_map.construct),
    "filter": Operator(Keep("function")),
    "filter.dedupe": Operator(
        Keep("state.first(key)", otherwise="duplicate"), State("streamflow_runtime.ids:Ids", ("within",))
    ),
    "filter.sample": Operator(filter_sample.emit, filter_sample.construct),
    "filter.rate_limit": Operator(filter_rate_limit.emit, filter_rate_limit.construct),
    "filter.route": Operator(filter_route.emit),
    "filter.validate": Operator(filter_validate.emit),
    "aggregate.time": Operator(aggregate.emit, aggregate.construct),
    "aggregate.count": Operator(aggregate.emit, aggregate.construct),
    "aggregate.global": Operator(aggregate.emit, aggregate.construct),
    "aggregate.custom": Operator(aggregate.emit, aggregate.construct),
    "aggregate.rolling": Operator(aggregate.emit, aggregate.construct),
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
    "sink.r2": Operator(sink.emit),
    "sink.queue": Operator(sink.emit),
    "sink.analytics": Operator(sink.emit),
    "sink.custom": Operator(sink.emit),
}
