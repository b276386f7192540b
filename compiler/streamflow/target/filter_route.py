"""Routes: a chain of `if` and `elif`, one way a port; a packet that finds none is counted."""

from __future__ import annotations

import ast

from streamflow.ir.function import Function
from streamflow.ir.graph import Node
from streamflow.target.emission import Emission, End
from streamflow.target.flow import Flow
from streamflow.target.quote import expression, literal, statement, statements


def emit(emission: Emission, node: Node, flow: Flow) -> list[End]:
    """The ways of the ports in the order in which they are tried; the default's last."""
    default: str | None = node.options.get("default")
    ends: list[End] = []
    if node.options.get("cases") is not None:
        rest = _cases(emission, node, flow, ends)
    else:
        rest = _named(emission, node, flow, ends)
    _way(emission, node, default, rest, ends)
    return ends


def _cases(emission: Emission, node: Node, flow: Flow, ends: list[End]) -> Flow:
    """Predicates in order; gives the point where none was true."""
    cases: dict[str, Function] = node.options["cases"]
    for port, predicate in cases.items():
        condition = emission.call(predicate, flow, node.inlined)
        flow = _if(emission, node, port, condition, flow, ends)
    return flow


def _named(emission: Emission, node: Node, flow: Flow, ends: list[End]) -> Flow:
    """The function names the port; gives the point where it named none that is connected."""
    assert node.function is not None
    variable = f"{emission.identifiers[node.name]}_port"
    value = emission.call(node.function, flow, node.inlined)
    flow.put(statement("port = value_", port=variable, value_=value))
    for port in node.ports:
        if port not in ("error", node.options.get("default")):
            condition = expression("port == name_", port=variable, name_=literal(port))
            flow = _if(emission, node, port, condition, flow, ends)
    return flow


def _if(emission: Emission, node: Node, port: str, condition: ast.expr, flow: Flow, ends: list[End]) -> Flow:
    taken: list[ast.stmt] = []
    others: list[ast.stmt] = []
    flow.put(ast.If(condition, taken, others))
    _way(emission, node, port, flow.aside(taken), ends)
    return flow.aside(others)


def _way(emission: Emission, node: Node, port: str | None, flow: Flow, ends: list[End]) -> None:
    """What happens to a packet that takes a port, or none."""
    if port is None or not emission.graph.out(node.name, port):
        flow.put(*statements("self.left[key_] += 1", key_=literal(f"{node.name} no route")))
        return
    label = f"{node.name} {port}"
    flow.count(label, emission.counter(label))
    if node.name in emission.graph.taps:
        emission.put_tap(node, flow)
    ends.append((port, flow))
