"""Transforms: the user's function in the way of the packet; an async one parks it."""

from __future__ import annotations

import ast

from streamflow.ir.graph import Node
from streamflow.target.emission import Emission, End
from streamflow.target.flow import Flow
from streamflow.target.quote import expression, literal, name, statement
from streamflow.target.retry_policy import policy_of
from streamflow.target.scalars import emit_fields


def emit(emission: Emission, node: Node, flow: Flow) -> list[End]:
    """The value of the function takes the place of the data; None emits nothing."""
    function = node.function
    assert function is not None
    if node.is_async:
        park(emission, node, flow)
        return []
    if node.scalars:
        return [("out", emit_fields(emission, node, flow).moved(f"/{node.name}:0"))]
    value = emission.call(function, flow, node.inlined)
    flow.put(statement("data_ = value_", data_=flow.data, value_=value))
    flow = flow.built()
    if not emission.counts(node, not never_none(value)):
        return [("out", flow.moved(f"/{node.name}:0"))]
    return unless_none(emission, node, flow)


def unless_none(emission: Emission, node: Node, flow: Flow) -> list[End]:
    """Go on with the value that the node made, counted, where it is not None."""
    behind = flow.moved(f"/{node.name}:0")
    if flow.skip is not None:
        flow.put(statement("if data_ is None:\n    leave", data_=flow.data, leave=flow.turn_away(node.name)))
    else:
        inner: list[ast.stmt] = []
        flow.put(statement("if data_ is not None:\n    inner", data_=flow.data, inner=inner))
        flow.block[-1].body = inner  # type: ignore[attr-defined]
        behind = behind.inside(inner)
    behind.count(node.name, emission.counter(node.name))
    return [("out", behind)]


def park(emission: Emission, node: Node, flow: Flow) -> None:
    """The packet waits at the node until the host hands back the result of its call."""
    stage = flow.method.alias(emission.identifiers[node.name], emission.attribute(node))
    flow.put(statement("stage_.park(packet_)", stage_=stage, packet_=flow.fresh_packet()))
    if flow.packet is None:
        emission.runtime.add("Packet")


def construct(emission: Emission, node: Node, upstream: ast.expr) -> ast.expr:
    """The expression that makes the place where an async node's packets wait."""
    function = node.function
    assert function is not None
    parked = {"retry": "RetriedCalls", "stop": "StoppingCalls"}.get(node.strategy, "Parked")
    emission.runtime.add(parked)
    arguments = [expression("packet.data"), name("packet")] if function.wants_packet else [expression("packet.data")]
    made = expression(
        "parked(self, name_, upstream_, function=function_, after=after_, concurrency=concurrency_)",
        parked=parked,
        name_=literal(node.name),
        upstream_=upstream,
        function_=expression("lambda packet: call_", call_=ast.Call(emission.reference(function), arguments, [])),
        after_=emission.after(node, "out") or expression("self.nowhere"),
        concurrency_=literal(node.options.get("concurrency", 16)),
    )
    assert isinstance(made, ast.Call)
    if not node.options.get("ordered", True):
        made.keywords.append(ast.keyword("ordered", literal(False)))
    if node.options.get("timeout"):
        made.keywords.append(ast.keyword("timeout", literal(node.options["timeout"])))
    if node.strategy == "retry":
        made.keywords += policy_of(node)
    return made


def never_none(value: ast.expr) -> bool:
    """Whether an expression can't give None."""
    if isinstance(value, ast.Constant):
        return value.value is not None
    if isinstance(value, ast.IfExp):
        return never_none(value.body) and never_none(value.orelse)
    if isinstance(value, ast.UnaryOp):
        return isinstance(value.op, ast.Not)
    displays = (ast.Dict, ast.List, ast.Set, ast.Tuple, ast.JoinedStr)
    return isinstance(value, (*displays, ast.DictComp, ast.ListComp, ast.SetComp))
