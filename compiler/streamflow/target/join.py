"""Joins: the packet waits on its side for partners; what a pair becomes is a method of its own."""

from __future__ import annotations

import ast
from typing import Any

from streamflow.ir.graph import Node
from streamflow.target.aggregate import key_of
from streamflow.target.emission import Emission, End
from streamflow.target.flow import Flow
from streamflow.target.quote import expression, literal, statement

CLASSES = {"join.within": "IntervalJoin", "join.latest": "LatestJoin"}


def emit(emission: Emission, node: Node, flow: Flow) -> list[End]:
    """Hand the packet to its side of the node."""
    join = flow.method.alias(emission.identifiers[node.name], emission.attribute(node))
    key = key_of(emission, node, flow)
    if flow.packet is None:
        emission.runtime.add("Packet")
    add = f"add_{flow.into}"
    if key is None:
        flow.put(statement("join_.add(packet_)", join_=join, add=add, packet_=flow.current_packet()))
    else:
        added = statement("join_.add(packet_, key_)", join_=join, add=add, packet_=flow.fresh_packet(), key_=key)
        flow.put(added)
    return []


def construct(emission: Emission, node: Node, upstream: ast.expr) -> ast.expr:
    """The expression that makes the place where the node's packets wait for partners."""
    class_name = CLASSES.get(node.kind) or _window_class(node)
    emission.runtime.add(class_name)
    made = expression(
        "join_(self, name_, upstream_, after=after_)",
        join_=class_name,
        name_=literal(node.name),
        upstream_=upstream,
        after_=emission.after(node, "out") or expression("self.nowhere"),
    )
    assert isinstance(made, ast.Call)
    given = _spans(node)
    if node.options.get("how", "inner") != "inner":
        given["how"] = node.options["how"]
    if emission.graph.out(node.name, "unmatched"):
        given["unmatched"] = True
    if node.options.get("key") is not None:
        given["keyed"] = True
    function = node.function
    if function is not None:
        doc = f"What a pair of `{node.name}` becomes."
        result = emission.method_of(node, function, "pair", ("left", "right", "packet"), doc)
        made.keywords.append(ast.keyword("result", result))
        if any(function.may_mutate(index) for index in range(3 if function.wants_packet else 2)):
            given["mutates"] = True
    made.keywords += [ast.keyword(argument, literal(value)) for argument, value in given.items()]
    return made


def _spans(node: Node) -> dict[str, Any]:
    if node.kind == "join.latest":
        return {} if node.options["latest"] is True else {"oldest": node.options["latest"]}
    if node.kind == "join.window":
        given = {argument: node.options.get(option) for option, argument in _WINDOWS.items()}
        return {argument: value for argument, value in given.items() if value}
    older, younger = node.options["within"]
    return {"older": older, "younger": younger}


_WINDOWS = {"duration": "size", "slide": "slide", "offset": "offset", "gap": "gap", "max_duration": "max_duration"}


def _window_class(node: Node) -> str:
    if node.options["window"] == "session":
        return "SessionJoin"
    return "SlidingJoin" if node.options.get("slide") else "TumblingJoin"
