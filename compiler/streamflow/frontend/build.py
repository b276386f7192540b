"""From the graph as written to the IR: functions captured, options plain, edges resolved."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Collection, Iterable
from dataclasses import asdict
from typing import Any

from streamflow.diagnostics import CompileError, Diagnostic, program_path
from streamflow.dsl.agg import Aggregation as WrittenAggregation
from streamflow.dsl.auth import Bearer, Signed, auth_option
from streamflow.dsl.edge import Edge as WrittenEdge
from streamflow.dsl.error_handling import merged
from streamflow.dsl.graph import GraphDefinition
from streamflow.dsl.node import Node as WrittenNode
from streamflow.dsl.secrets import Secret, text_with_secrets
from streamflow.frontend.capture import Namespace
from streamflow.frontend.check_graph import check
from streamflow.frontend.check_guarantee import check_guarantee
from streamflow.frontend.check_time import check_time
from streamflow.frontend.modules import depending_on
from streamflow.frontend.schemas import NoSchema, json_schema
from streamflow.ir.aggregation import Aggregation
from streamflow.ir.function import Function
from streamflow.ir.graph import Edge, Graph, Node
from streamflow.ir.identifiers import RESERVED, imported_names
from streamflow.ir.lookup import Lookup
from streamflow.ir.module import Module


def build(definition: GraphDefinition) -> tuple[Graph, list[Diagnostic]]:
    """The IR of a graph, and its warnings. Raises CompileError with every problem."""
    with depending_on(definition.modules):
        return _build(definition)


def _build(definition: GraphDefinition) -> tuple[Graph, list[Diagnostic]]:
    problems = check(definition)
    declared = [node.declared for node in definition.nodes if node.declared is not None and node.options is not None]
    operators = [kind.operator for kind in declared]
    names = Namespace(RESERVED | {*imported_names(operators).values()})
    wired: dict[str, set[str]] = {}
    for edge in definition.edges:
        origin, _, port = edge.origin.partition(".")
        wired.setdefault(origin, set()).add(port or "out")
    nodes = tuple(
        _node(definition, node, wired.get(node.name, ()), names)
        for node in definition.nodes
        if node.options is not None
    )
    edges = _edges(definition, names)
    problems += names.problems
    if any(problem.severity == "error" for problem in problems):
        raise CompileError(problems)
    files = _files(function for node in nodes for function in node.functions)
    files |= _files(edge.when for edge in edges if edge.when is not None)
    sinks = {node.name for node in nodes if node.family == "sink"}
    resuming = [node.name for node in nodes if node.resuming]
    module = Module(tuple(names.imports), tuple(names.definitions), dict(names.secrets), files)
    graph = Graph(
        name=definition.name,
        nodes=nodes,
        edges=edges,
        taps=tuple(dict.fromkeys(tap for tap in (*definition.taps, *resuming) if tap not in sinks)),
        limits=definition.limits.model_dump(),
        buffer=definition.buffer.model_dump(exclude_defaults=True),
        file=program_path(definition.span.file),
        compatibility_date=definition.compatibility_date,
        dependencies=definition.dependencies,
        module=module,
    )
    problems += check_time(graph)
    problems += check_guarantee(definition, graph)
    if any(problem.severity == "error" for problem in problems):
        raise CompileError(problems)
    return graph, problems


def _files(functions: Iterable[Function]) -> dict[str, str]:
    """The files of the user's in which helpers stand, by the helper's name."""
    found: dict[str, str] = {}
    pending = [helper for function in functions for helper in function.helpers.values()]
    while pending:
        helper = pending.pop()
        if helper.name not in found:
            found[helper.name] = helper.file
            pending += helper.helpers.values()
    return found


def _node(definition: GraphDefinition, node: WrittenNode, wired: Collection[str], names: Namespace) -> Node:
    options = {name: getattr(node.options, name) for name in type(node.options).model_fields}
    made = {name: _option(node, name, value, names) for name, value in options.items()}
    made |= _error_handling(definition, node, wired) | _decoding(node, made, definition.decoder)
    operator = node.declared.operator if node.declared is not None else None
    return Node(node.name, node.kind, made, node.span, node.options.named_ports(wired), operator=operator)


def _decoding(node: WrittenNode, options: dict[str, Any], decoder: str) -> dict[str, Any]:
    """A source whose JSON another decoder than the standard one reads has it among its options."""
    reads = node.kind.startswith("source.") and node.kind != "source.timer" and options.get("format", "json") == "json"
    return {"decoder": decoder} if reads and decoder != "json" else {}


def _error_handling(definition: GraphDefinition, node: WrittenNode, wired: Collection[str]) -> dict[str, Any]:
    """A node's strategy, where it is not the usual one. A connected `error` port comes before any."""
    if node.kind.startswith("sink."):
        return {}
    strategy = node.options.error_strategy or definition.error_strategy
    if strategy == "continue" or "error" in wired:
        return {"error_strategy": None, "retry_policy": None}
    policy = merged(definition.retry_policy.model_dump(exclude_unset=True), node.options.retry_policy)
    return {"error_strategy": strategy, "retry_policy": policy if strategy == "retry" else None}


def _option(node: WrittenNode, name: str, value: Any, names: Namespace) -> Any:
    if name in node.options.callbacks:
        if callable(value):
            return _captured(node, name, node.name if name == "function" else f"{name}-of-{node.name}", value, names)
        if isinstance(value, dict) and any(map(callable, value.values())):
            return {case: _captured(node, name, f"{node.name}-{case}", each, names) for case, each in value.items()}
    if name == "aggregates" and value is not None:
        return {entry: _aggregation(node, entry, each, names) for entry, each in value.items()}
    if name == "lookup":
        return _lookup(value)
    if name == "schema" and value is not None:
        return _schema(node, value, names)
    if isinstance(value, (Bearer, Signed)):
        return auth_option(value)
    if name == "subscribe" and value is not None:
        return tuple(map(_message, value if isinstance(value, tuple) else (value,)))
    if isinstance(value, (Secret, str)):
        return text_with_secrets(value)
    if isinstance(value, dict):
        return {
            key: text_with_secrets(item) if isinstance(item, (Secret, str)) else item for key, item in value.items()
        }
    return value.model_dump() if hasattr(value, "model_dump") else value


def _lookup(written: Any) -> dict[Any, Any] | Lookup:
    if isinstance(written, dict):
        return written
    if isinstance(written, str):
        return Lookup("url", {"url": text_with_secrets(written)})
    options = {name: value for name, value in asdict(written).items() if value is not None}
    return Lookup(type(written).__name__.lower(), options)


def _schema(node: WrittenNode, schema: Any, names: Namespace) -> dict[str, Any]:
    try:
        return json_schema(schema)
    except NoSchema as problem:
        help = "write it as JSON Schema or a TypedDict, and what that can't say as a nodes.filter behind it"
        message = f"the schema of `{node.name}` can't be checked: {problem}"
        names.problems.append(Diagnostic("SF028", node.span, message, help))
        return {}


def _message(value: Any) -> Any:
    """What a source sends on connect: text as it is, all else as JSON; secrets may stand anywhere in it."""
    if isinstance(value, (str, Secret)):
        return text_with_secrets(value)
    message = text_with_secrets(json.dumps(value, ensure_ascii=False, default=str))
    return message if isinstance(message, str) else {**message, "json": True}


def _aggregation(node: WrittenNode, entry: str, written: WrittenAggregation, names: Namespace) -> Aggregation:
    def captured(function: Any, listed: int, role: str) -> Any:
        if not callable(function):
            return function
        return names.function(function, f"{role}-of-{entry}", listed, node.name, node.span)

    return Aggregation(
        written.kind,
        captured(written.value, 1, "value"),
        captured(written.weight, 1, "weight"),
        written.parameters,
        {role: captured(function, listed, role) for role, (function, listed) in written.functions.items()},
    )


def _captured(node: WrittenNode, option: str, name: str, function: Callable[..., Any], names: Namespace) -> Function:
    return names.function(
        function,
        name,
        node.options.callbacks[option],
        node.name,
        node.span,
        extra=node.options.extra.get(option, "packet"),
        result_required=option in node.options.must_return,
        may_yield=option in node.options.may_yield,
        awaited=option in node.options.awaited,
    )


def _edges(definition: GraphDefinition, names: Namespace) -> tuple[Edge, ...]:
    """Edges in the order written; the same edge written twice is one."""
    found: dict[tuple[object, ...], Edge] = {}
    between: Counter[tuple[str, str]] = Counter()
    inputs = {node.name: type(node.options).inputs for node in definition.nodes if node.options is not None}
    for written in definition.edges:
        origin, _, port = written.origin.partition(".")
        target, _, end = written.target.partition(".")
        port = "" if port in inputs.get(origin, ()) else port  # in a path, `j.left` is where it came to
        into = end if end in inputs.get(target, ()) else "in"  # in a path, `f.rejected` is where it goes on
        when = None if written.when is None else _condition(written, origin, target, names)
        same = (origin, port or "out", target, into, written.when)
        if same not in found:
            between[origin, target] += 1
            found[same] = Edge(origin, port or "out", target, when, ordinal=between[origin, target], input=into)
    return tuple(found.values())


def _condition(edge: WrittenEdge, origin: str, target: str, names: Namespace) -> Function:
    assert edge.when is not None
    return names.function(edge.when, f"{origin}-to-{target}", 1, origin, edge.span)
