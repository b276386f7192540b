"""`aggregates=`: what a window holds, what a packet adds to it, and the result."""

from __future__ import annotations

import ast

from streamflow.ir.aggregation import Aggregation
from streamflow.ir.function import Function
from streamflow.ir.graph import Node
from streamflow.target.emission import Emission
from streamflow.target.flow import Flow
from streamflow.target.quote import comment, expression, literal, name

CLASSES = {
    "sum": "Sum",
    "count": "Count",
    "min": "Min",
    "max": "Max",
    "mean": "Mean",
    "stddev": "StdDev",
    "first": "First",
    "last": "Last",
    "collect": "Collect",
    "distinct": "Distinct",
    "quantile": "Quantile",
    "top_k": "TopK",
    "custom": "Custom",
}
_BOUNDS = {"window_start": "window.start", "window_end": "window.end"}


def emit_methods(emission: Emission, node: Node, accumulating: str) -> list[ast.keyword]:
    """Emit the methods; gives the arguments that hand them to the node's windows, by a class of the runtime."""
    entries: dict[str, Aggregation] = node.options["aggregates"]
    identifier = emission.identifiers[node.name]
    methods = {
        "accumulators": _accumulators(emission, node, held_by(node)),
        "result": _result(emission, node, entries),
    }
    for role, (parameters, doc, body) in methods.items():
        note = comment(f"{node.name}: {emission.place(node)}")
        emission.mark(note, node.name, node)
        signature = ast.arguments([], [ast.arg(parameter) for parameter in parameters], None, [], [], None, [])
        head: list[ast.stmt] = [ast.Expr(ast.Constant(doc)), note]
        emission.methods.append(ast.FunctionDef(f"{role}_of_{identifier}", signature, head + body, []))
    emission.runtime.add(accumulating)
    made = expression("accumulating_(self.method)", accumulating_=accumulating, method=f"accumulators_of_{identifier}")
    result = expression("self.method", method=f"result_of_{identifier}")
    return [ast.keyword("result", result), ast.keyword("contents", made)]


def held_by(node: Node) -> dict[str, Aggregation]:
    """The entries that have an accumulator."""
    entries: dict[str, Aggregation] = node.options["aggregates"]
    return {entry: each for entry, each in entries.items() if each.kind not in _BOUNDS}


def values_of(emission: Emission, node: Node, flow: Flow) -> ast.expr:
    """What a packet adds to a window, an entry for each accumulator."""
    flow.guard.used = True
    return ast.Tuple([_value(emission, node, each, flow) for each in held_by(node).values()], ast.Load())


Part = tuple[tuple[str, ...], str, list[ast.stmt]]


def _accumulators(emission: Emission, node: Node, held: dict[str, Aggregation]) -> Part:
    made = ast.List([_accumulator(emission, each) for each in held.values()], ast.Load())
    return ("self",), f"What a window of `{node.name}` holds.", [ast.Return(made)]


def _accumulator(emission: Emission, aggregation: Aggregation) -> ast.expr:
    class_name = CLASSES[aggregation.kind]
    emission.runtime.add(class_name)
    arguments = [literal(value) for value in aggregation.parameters.values()]
    keywords = [ast.keyword(role, emission.reference(each)) for role, each in aggregation.functions.items()]
    if aggregation.weight is not None:
        keywords.append(ast.keyword("weighted", literal(True)))
    return ast.Call(name(class_name), arguments, keywords)


def _value(emission: Emission, node: Node, aggregation: Aggregation, flow: Flow) -> ast.expr:
    if aggregation.kind == "custom":
        if aggregation.functions["add"].may_mutate(1):
            emission.runtime.add("copy_of")
            return expression("copy_of(data_)", data_=flow.data)
        return name(flow.data)
    if aggregation.value is None:
        return literal(True)
    value = _picked(emission, node, aggregation.value, flow)
    if aggregation.weight is None:
        return value
    return ast.Tuple([value, _picked(emission, node, aggregation.weight, flow)], ast.Load())


def _picked(emission: Emission, node: Node, picked: str | Function, flow: Flow) -> ast.expr:
    if isinstance(picked, Function):
        return emission.call(picked, flow, node.inlined)
    return emission.field(picked, flow)


def _result(emission: Emission, node: Node, entries: dict[str, Aggregation]) -> Part:
    keys: list[ast.expr | None] = []
    values: list[ast.expr] = []
    key = node.options.get("key")
    parts = (key,) if isinstance(key, str) else key if isinstance(key, tuple) else ()
    for place, part in enumerate(parts):
        keys.append(literal(part))
        values.append(expression("window.key" if isinstance(key, str) else f"window.key[{place}]"))
    place = 0
    for entry, aggregation in entries.items():
        keys.append(literal(entry))
        if aggregation.kind in _BOUNDS:
            values.append(expression(_BOUNDS[aggregation.kind]))
        else:
            values.append(expression("held[place].result()", place=literal(place)))
            place += 1
    returned: list[ast.stmt] = [ast.Return(ast.Dict(keys, values))]
    return ("self", "held", "window"), f"The result of a window of `{node.name}`.", returned
