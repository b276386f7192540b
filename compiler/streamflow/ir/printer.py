"""The text form of the IR: a line a node, a line an edge.

    graph "Orders"
    source.webhook orders(timestamp="at", out_of_orderness=5000)
    inline transform total(function=lambda data: data["price"] * data["pieces"])
    sink.log out()
    orders => total
    total -> out
    total.error -> out when lambda data: data["line"] > 3
    tap total

An edge into a join names its input: `orders -> paid.left`.
`=>` is a fused edge; `inline` marks a node whose function stands in the place of its call, `scalar` one that makes
local variables and no record. Options that have their default value of None, 0, False or nothing are left out.
"""

from __future__ import annotations

import ast
from typing import Any

from streamflow.ir.accumulator import Accumulator
from streamflow.ir.aggregation import Aggregation
from streamflow.ir.function import Function
from streamflow.ir.graph import Edge, Graph, Node


def text_of(graph: Graph) -> str:
    """The whole graph, one line each, in the order of the program."""
    lines = [f'graph "{graph.name}"']
    lines += [_node(node) for node in graph.nodes]
    lines += [_edge(edge) for edge in graph.edges]
    lines += [f"tap {name}" for name in graph.taps]
    return "\n".join(lines) + "\n"


def _node(node: Node) -> str:
    options = ", ".join(f"{name}={_value(value)}" for name, value in node.options.items() if not _is_default(value))
    marks = f"{'inline ' if node.inlined else ''}{'scalar ' if node.scalars else ''}"
    return f"{marks}{node.kind} {node.name}({options})"


def _edge(edge: Edge) -> str:
    origin = edge.origin if edge.port == "out" else f"{edge.origin}.{edge.port}"
    target = edge.target if edge.input == "in" else f"{edge.target}.{edge.input}"
    condition = "" if edge.when is None else f" when {_value(edge.when)}"
    return f"{origin} {'=>' if edge.fused else '->'} {target}{condition}"


def _value(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_value(key)}: {_value(item)}" for key, item in value.items()) + "}"
    if isinstance(value, Accumulator):
        return str(value)
    if isinstance(value, Aggregation):
        named = {**value.parameters, **value.functions, **({} if value.weight is None else {"weight": value.weight})}
        parts = [] if value.value is None else [_value(value.value)]
        return f"agg.{value.kind}({', '.join([*parts, *(f'{role}={_value(part)}' for role, part in named.items())])})"
    if not isinstance(value, Function):
        return ast.unparse(ast.parse(repr(value), mode="eval"))
    if value.expression is not None:
        return f"lambda {', '.join(value.parameters)}: {ast.unparse(value.expression)}"
    return value.reference or value.name


def _is_default(value: Any) -> bool:
    return value is None or value is False or value in (0, (), [], {})
