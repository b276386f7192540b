"""Stateful maps: the packet meets its key's state; what the function gives beside the next state goes on."""

from __future__ import annotations

import ast

from streamflow.ir.function import Function
from streamflow.ir.graph import Node
from streamflow.target.aggregate import key_of
from streamflow.target.emission import Emission, End
from streamflow.target.flow import Flow
from streamflow.target.quote import expression, literal, statement
from streamflow.target.transform import unless_none


def emit(emission: Emission, node: Node, flow: Flow) -> list[End]:
    """The output of the function takes the place of the data; None emits nothing."""
    function = node.function
    assert function is not None
    states = flow.method.alias(emission.identifiers[node.name], emission.attribute(node))
    key = key_of(emission, node, flow) or literal(None)
    stepped = expression("states_.step(key_)", states_=states, key_=key)
    assert isinstance(stepped, ast.Call)
    stepped.args += emission.arguments(function, flow, at=1)
    flow.put(statement("data_ = stepped_", data_=flow.data, stepped_=stepped))
    ends = unless_none(emission, node, flow)
    if node.options.get("on_expire") is None:
        return ends
    for _, behind in ends:  # what expires goes the same way, so that way is a method
        after = emission.after(node, "out")
        if after is not None:
            emission.runtime.add("Packet")
            behind.put(statement("after_(packet_)", after_=after, packet_=behind.current_packet()))
    return []


def construct(emission: Emission, node: Node, upstream: ast.expr) -> ast.expr:
    """The expression that makes the place where the node's states lie."""
    function = node.function
    assert function is not None
    emission.runtime.add("States")
    made = expression(
        "States(self, name_, upstream_, function=function_)",
        name_=literal(node.name),
        upstream_=upstream,
        function_=emission.reference(function),
    )
    assert isinstance(made, ast.Call)
    initial, on_expire = node.options.get("initial"), node.options.get("on_expire")
    if isinstance(initial, Function):
        made.keywords.append(ast.keyword("initial", emission.reference(initial)))
    elif initial is not None:
        made.keywords.append(ast.keyword("initial", literal(initial)))
    if function.may_mutate(0):
        made.keywords.append(ast.keyword("mutates", literal(True)))
    if node.options.get("ttl"):
        made.keywords.append(ast.keyword("ttl", literal(node.options["ttl"])))
    if on_expire is not None:
        made.keywords.append(ast.keyword("on_expire", emission.reference(on_expire)))
        made.keywords.append(ast.keyword("after", emission.after(node, "out") or expression("self.nowhere")))
    return made
