"""Flat maps: a loop over the values of the user's function, each of which runs as a packet of its own."""

from __future__ import annotations

import ast
from dataclasses import replace

from streamflow.ir.graph import Node
from streamflow.target.emission import Emission, End
from streamflow.target.flow import Flow, Guard
from streamflow.target.quote import expression, literal, name, statement, statements
from streamflow.target.transform import never_none


def emit(emission: Emission, node: Node, flow: Flow) -> list[End]:
    """An error behind one value must not keep the next one from running: each has a guard of its own."""
    function = node.function
    assert function is not None
    identifier = emission.identifiers[node.name]
    value, packet = f"{identifier}_data", f"{identifier}_packet"
    values = emission.call(function, flow, node.inlined)
    body: list[ast.stmt] = [] if _never_none(values) else statements("if value is None:\n    continue", value=value)
    guard = Guard()
    inside = replace(
        flow,
        block=guard.block,
        guard=guard,
        packet=packet,
        data=value,
        path="",
        changed=False,
        skip="continue",
        depth=flow.depth + 2,
    )
    replace(inside, block=body).count(node.name, emission.counter(node.name))
    emission.follow(node, "out", inside)
    if guard.block:
        path = ast.JoinedStr([literal(f"{flow.path}/{node.name}:"), ast.FormattedValue(name("index"), -1)])
        body += statements("packet = made", packet=packet, made=flow.fresh_packet(name(value), path))
        body += emission.guarded(guard, inside)
        if flow.packet is None:
            emission.runtime.add("Packet")
    if not isinstance(values, (ast.List, ast.ListComp)):
        emission.runtime.add("all_of")
        values = expression("all_of(values_)", values_=values)
    flow.put(
        statement("for index, value in enumerate(values_):\n    body", value=value, values_=values, body=body)
        if guard.block
        else statement("for value in values_:\n    body", value=value, values_=values, body=body)
    )
    return []


def _never_none(values: ast.expr) -> bool:
    """Whether no value of a list can be None."""
    if isinstance(values, ast.List):
        return all(never_none(value) for value in values.elts)
    return isinstance(values, ast.ListComp) and never_none(values.elt)
