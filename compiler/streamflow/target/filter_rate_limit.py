"""Rate limits: a packet takes a token of its key's bucket."""

from __future__ import annotations

import ast

from streamflow.ir.graph import Node
from streamflow.target.aggregate import key_of
from streamflow.target.emission import Emission, End
from streamflow.target.filter import divide
from streamflow.target.flow import Flow
from streamflow.target.quote import expression, literal


def emit(emission: Emission, node: Node, flow: Flow) -> list[End]:
    """What finds no token leaves by `limited`."""
    buckets = flow.method.alias(emission.identifiers[node.name], emission.attribute(node))
    key = key_of(emission, node, flow) or literal(None)
    flow.guard.used = True
    return divide(emission, node, flow, expression("buckets_.take(key_)", buckets_=buckets, key_=key), "limited")


def construct(emission: Emission, node: Node, upstream: ast.expr) -> ast.expr:
    """The expression that makes the node's buckets."""
    emission.runtime.add("Buckets")
    limit, burst = node.options["limit"], node.options.get("burst")
    return expression(
        "Buckets(self, name_, upstream_, limit=limit_, per=per_, burst=burst_)",
        name_=literal(node.name),
        upstream_=upstream,
        limit_=literal(limit),
        per_=literal(node.options["per"]),
        burst_=literal(limit if burst is None else burst),
    )
