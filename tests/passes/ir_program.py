"""From the IR's text form to what runs it: the compiled kernel, and the graph as a user would have written it."""

import ast

from streamflow.dsl import agg, nodes
from streamflow.dsl.edge import edge
from streamflow.dsl.graph import GraphDefinition
from streamflow.ir.aggregation import Aggregation
from streamflow.ir.function import Function
from streamflow.target.program import Program

_SELECTORS = {"source": "type", "sink": "type", "aggregate": "window"}

_LIFTED = ("accumulators", "result", "figures")  # what passes have made of `function` and `aggregates`
_NOT_WRITTEN = (*_LIFTED, "decoder", "reads", "unread")
_DURATIONS = (
    *("duration", "slide", "offset", "gap", "max_duration", "allowed_lateness"),
    *("out_of_orderness", "idle_timeout", "max_ahead", "interval"),
)


def outputs_of(kernel, sinks, events):
    """Push events into every source one by one, end the input, and take everything."""
    for source, value in events:
        kernel.push(source, [value], now=0.0)
    kernel.finish()
    taken = {sink: [(p.data, p.timestamp, p.id, p.key) for p in kernel.take(sink)] for sink in sinks}
    failed = [(failure.node, failure.error, failure.data) for failure in kernel.failures()]
    return taken, failed


def kernel_of(graph):
    return Program(graph).kernel()


def definition_of(graph):
    """The graph in the terms of the DSL, its functions made of their text."""
    made = []
    for node in graph.nodes:
        family, _, kind = node.kind.partition(".")
        options = {name: _python(option) for name, option in node.options.items() if name not in _NOT_WRITTEN}
        for duration in _DURATIONS:
            if duration in options and node.kind != "aggregate.count":
                options[duration] = f"{options[duration]}ms"
        if "early" in options:
            [(how, number)] = options["early"].items()
            options["early"] = number if how == "count" else f"{number}ms"
        if family in _SELECTORS and node.kind != "aggregate.custom":
            options[_SELECTORS[family]] = kind
        constructor = family if family in _SELECTORS or family == "join" else kind or family
        made.append(getattr(nodes, constructor)(node.name, **options))
    edges = [
        edge(
            f"{e.origin}.{e.port}" if e.port != "out" else e.origin,
            e.target if e.input == "in" else f"{e.target}.{e.input}",
            when=_python(e.when),
        )
        for e in graph.edges
    ]
    return GraphDefinition(graph.name or "case", made, edges, taps=graph.taps)


def _python(option):
    if isinstance(option, dict):
        return {name: _python(part) for name, part in option.items()}
    if isinstance(option, Aggregation):
        value = [] if option.value is None else [_python(option.value)]
        weight = {} if option.weight is None else {"weight": _python(option.weight)}
        functions = {role: _python(function) for role, function in option.functions.items()}
        return getattr(agg, option.kind)(*value, **option.parameters, **weight, **functions)
    if not isinstance(option, Function):
        return option
    if isinstance(option.tree, ast.FunctionDef):
        exec(ast.unparse(option.tree), namespace := {})
        return namespace[option.tree.name]
    text = option.reference or ast.unparse(option.tree)
    return eval(text, {})
