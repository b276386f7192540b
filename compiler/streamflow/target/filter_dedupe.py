"""Dedupes: the packet's key is looked up among the ids of the span."""

from __future__ import annotations

import ast

from streamflow.ir.graph import Node
from streamflow.target.aggregate import key_of
from streamflow.target.emission import Emission, End
from streamflow.target.filter import divide
from streamflow.target.flow import Flow
from streamflow.target.quote import expression, literal


def emit(emission: Emission, node: Node, flow: Flow) -> list[End]:
    """A key that is new goes on, one that is known leaves by `duplicate`."""
    ids = flow.method.alias(emission.identifiers[node.name], emission.attribute(node))
    key = key_of(emission, node, flow)
    assert key is not None
    return divide(emission, node, flow, expression("ids_.first(key_)", ids_=ids, key_=key), "duplicate")


def construct(emission: Emission, node: Node, upstream: ast.expr) -> ast.expr:
    """The expression that makes the place where the node's ids lie."""
    emission.runtime.add("Ids")
    return expression(
        "Ids(self, name_, upstream_, within=within_)",
        name_=literal(node.name),
        upstream_=upstream,
        within_=literal(node.options["within"]),
    )
