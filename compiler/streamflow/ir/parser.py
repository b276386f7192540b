"""Reads the text form of the IR (see `printer`): the language in which passes are tested.

A function that is more than an expression stands in a text: `function='def f(data): ...'`.
"""

from __future__ import annotations

import ast
from dataclasses import replace
from typing import Any, get_args

from streamflow.diagnostics import Span
from streamflow.ir.accumulator import Accumulator, AccumulatorKind
from streamflow.ir.aggregation import Aggregation
from streamflow.ir.function import Function
from streamflow.ir.graph import Edge, Graph, Node

_NOWHERE = Span("", 0)
_PORTS = {
    "source": ("out", "invalid", "error"),
    "transform": ("out", "error"),
    "filter": ("out", "rejected", "error"),
    "aggregate": ("out", "late", "error"),
    "join": ("out", "unmatched", "late", "error"),
    "sink": ("error",),
}


def parse(text: str) -> Graph:
    """The graph that a text describes. Raises ValueError with the line that can't be read."""
    name, nodes, edges, taps = "", [], [], []
    for line in filter(None, (line.strip() for line in text.splitlines())):
        if line.startswith("graph "):
            name = ast.literal_eval(line.removeprefix("graph "))
        elif line.startswith("tap "):
            taps.append(line.removeprefix("tap "))
        elif " -> " in line.split("(")[0] or " => " in line.split("(")[0]:
            edges.append(_edge(line))
        else:
            nodes.append(_node(line))
    return Graph(name, tuple(nodes), tuple(edges), tuple(taps))


def _node(line: str) -> Node:
    inlined = line.startswith("inline ")
    line = line.removeprefix("inline ")
    scalars = line.startswith("scalar ")
    head, bracket, rest = line.removeprefix("scalar ").partition("(")
    kind, _, name = head.partition(" ")
    if not bracket or not name:
        raise ValueError(f"not a line of the IR: {line!r}")
    call = ast.parse(f"_({rest}", mode="eval").body
    assert isinstance(call, ast.Call)
    options = [(keyword.arg, keyword.value) for keyword in call.keywords if keyword.arg]
    made = {option: _value(value, name if option == "function" else f"{option}_of_{name}") for option, value in options}
    pairs = made.get("function") if kind.startswith("join.") else None
    if pairs is not None:
        made["function"] = replace(pairs, wants_packet=len(pairs.parameters) > 2)
    ports = _PORTS[kind.partition(".")[0]]
    if kind == "filter.route":
        ports = tuple(filter(None, (*made.get("cases", ()), made.get("default"), "error")))
    return Node(name, kind, made, None, ports, inlined, scalars)


def _edge(line: str) -> Edge:
    ends, _, condition = line.partition(" when ")
    fused = " => " in ends
    origin, _, target = ends.partition(" => " if fused else " -> ")
    name, _, port = origin.partition(".")
    when = _function(ast.parse(condition, mode="eval").body, f"{name}_to_{target}") if condition else None
    target, _, into = target.partition(".")
    return Edge(name, port or "out", target, when, fused, input=into or "in")


def _value(tree: ast.expr, node: str) -> Any:
    if isinstance(tree, ast.Dict):
        return {_value(key, node): _value(item, node) for key, item in zip(tree.keys, tree.values, strict=True) if key}
    if isinstance(tree, ast.Call) and isinstance(tree.func, ast.Name) and tree.func.id in get_args(AccumulatorKind):
        parts = [_value(part, node) for part in (*tree.args, *(keyword.value for keyword in tree.keywords))]
        return Accumulator(tree.func.id, *parts)  # type: ignore[arg-type]
    if isinstance(tree, ast.Constant) and isinstance(tree.value, str) and tree.value.startswith("def "):
        (definition,) = ast.parse(tree.value).body
        assert isinstance(definition, ast.FunctionDef)
        return replace(_function(ast.Lambda(definition.args, ast.Constant(None)), definition.name), tree=definition)
    if isinstance(tree, ast.Lambda) or (isinstance(tree, (ast.Name, ast.Attribute)) and tree is not None):
        return _function(tree, node)
    if isinstance(tree, ast.Call) and ast.unparse(tree.func).startswith("agg."):
        return _aggregation(tree, node)
    return ast.literal_eval(tree)


def _aggregation(tree: ast.Call, node: str) -> Aggregation:
    """`agg.sum('amount')`: the value first, all else by name."""
    kind = ast.unparse(tree.func).removeprefix("agg.")
    values = [_value(argument, node) for argument in tree.args]
    named = {keyword.arg: _value(keyword.value, f"{keyword.arg}_of_{node}") for keyword in tree.keywords if keyword.arg}
    weight = named.pop("weight", None)
    functions = {role: part for role, part in named.items() if isinstance(part, Function)}
    parameters = {parameter: value for parameter, value in named.items() if parameter not in functions}
    return Aggregation(kind, values[0] if values else None, weight, parameters, functions)


def _function(tree: ast.expr, name: str) -> Function:
    """A lambda, or the name of a function that is somewhere else."""
    identifier = name.replace("-", "_")
    if isinstance(tree, ast.Lambda):
        parameters = tuple(argument.arg for argument in tree.args.args)
        return Function(identifier, tree, None, parameters, len(parameters) > 1, False, "", 0, _NOWHERE)
    return Function(identifier, None, ast.unparse(tree), ("data",), False, False, "", 0, _NOWHERE)
