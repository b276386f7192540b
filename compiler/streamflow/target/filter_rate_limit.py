"""Rate limits: a packet takes a token of its key's bucket."""

from __future__ import annotations

import ast

from streamflow.ir.graph import Node
from streamflow.target.aggregate import key_of
from streamflow.target.emission import Emission, End
from streamflow.target.filter import divide
from streamflow.target.flow import Flow
from streamflow.target.quote import expression, literal, statement


def emit(emission: Emission, node: Node, flow: Flow) -> list[End]:
    """What finds no token leaves by `limited`, or waits."""
    buckets = flow.method.alias(emission.identifiers[node.name], emission.attribute(node))
    if node.delays and flow.packet is None:
        emission.runtime.add("Packet")
    key = key_of(emission, node, flow) or literal(None)
    flow.guard.used = True
    if node.delays:
        flow.put(statement("buckets_.pass_on(packet_, key_)", buckets_=buckets, packet_=flow.fresh_packet(), key_=key))
        return []
    return divide(emission, node, flow, expression("buckets_.take(key_)", buckets_=buckets, key_=key), "limited")


def construct(emission: Emission, node: Node, upstream: ast.expr) -> ast.expr:
    """The expression that makes the node's buckets."""
    limit, burst = node.options["limit"], node.options.get("burst")
    class_name = "Delaying" if node.delays else "Buckets"
    emission.runtime.add(class_name)
    made = expression(
        "class_name(self, name_, upstream_, limit=limit_, per=per_, burst=burst_)",
        class_name=class_name,
        name_=literal(node.name),
        upstream_=upstream,
        limit_=literal(limit),
        per_=literal(node.options["per"]),
        burst_=literal(limit if burst is None else burst),
    )
    if node.delays:
        assert isinstance(made, ast.Call)
        after = emission.after(node, "out") or expression("self.nowhere")
        made.keywords.append(ast.keyword("after", after))
    return made
