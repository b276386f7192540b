"""Which fields the records that reach a node have, where schemas and literal results tell."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from typing import Any

from streamflow.ir.function import Function
from streamflow.ir.graph import Edge, Graph, Node

Fields = tuple[str, ...]
_UNCHANGED = ("invalid", "late", "missing", "unmatched", "rejected", "duplicate", "limited")
"""Ports by which a node passes on what came to it."""


def fields_into(graph: Graph, name: str) -> Fields | None:
    """The fields of the records that reach a node, in order; None where they are not known, or differ by the way."""
    known = {_fields_of(graph, edge) for edge in graph.into(name)}
    return known.pop() if len(known) == 1 else None


def _fields_of(graph: Graph, edge: Edge) -> Fields | None:
    """What leaves by the port at which an edge starts."""
    node = graph.by_name[edge.origin]
    if edge.port == "error":
        return None
    if node.family == "source":
        return _of_schema(node.options.get("schema")) if edge.port == "out" else None
    if node.kind == "filter.validate" and edge.port == "out":
        return _of_schema(node.options.get("schema")) or fields_into(graph, node.name)
    if node.family == "filter" or (edge.port in _UNCHANGED and node.family != "join"):
        return fields_into(graph, node.name)
    if edge.port != "out":
        return None
    return _made(graph, node)


def _made(graph: Graph, node: Node) -> Fields | None:
    """What a node makes of what comes to it."""
    if node.kind == "transform":
        return _returned(node.function, fields_into(graph, node.name))
    if node.kind == "transform.enrich":
        before = fields_into(graph, node.name)
        return None if before is None else tuple(dict.fromkeys((*before, node.options["into"])))
    if node.family == "aggregate" and node.options.get("aggregates"):
        key = node.options.get("key")
        named = (key,) if isinstance(key, str) else key if isinstance(key, (tuple, list)) else ()
        if any("." in part for part in named):
            return None
        return tuple(dict.fromkeys((*named, *node.options["aggregates"])))
    if node.family == "aggregate" and "into" not in node.options:
        return _returned(node.function, None)
    if node.family == "join":
        return ("left", "right") if node.function is None else _returned(node.function, None)
    return None


def _of_schema(schema: Any) -> Fields | None:
    """The properties that a schema names."""
    if not isinstance(schema, Mapping):
        return None
    reference = schema.get("$ref", "")
    if isinstance(reference, str) and reference.startswith("#/$defs/"):
        return _of_schema(schema.get("$defs", {}).get(reference.removeprefix("#/$defs/")))
    return tuple(schema.get("properties", ())) or None


def _returned(function: Function | None, argument: Fields | None) -> Fields | None:
    """The fields of the dicts that a function makes. `argument` are those of its first parameter."""
    if function is None or function.tree is None:
        return None
    parameter = function.parameters[0] if function.parameters else None
    if isinstance(function.tree, ast.Lambda):
        return _displayed(function.tree.body, parameter, argument)
    if _binds(function.tree, parameter):
        parameter = None
    results = [statement.value for statement in _returns(function.tree.body)]
    made = [result for result in results if result is not None and not _is_none(result)]
    known = {_displayed(result, parameter, argument) for result in made}
    return known.pop() if len(known) == 1 else None


def _displayed(value: ast.expr, parameter: str | None, argument: Fields | None) -> Fields | None:
    """The keys of a dict display, those of `{**data}` among them."""
    if isinstance(value, ast.IfExp):
        ways = {_displayed(way, parameter, argument) for way in (value.body, value.orelse) if not _is_none(way)}
        return ways.pop() if len(ways) == 1 else None
    if not isinstance(value, ast.Dict):
        return None
    fields: list[str] = []
    for key, item in zip(value.keys, value.values, strict=True):
        if key is None and isinstance(item, ast.Name) and item.id == parameter and argument is not None:
            fields += argument
        elif isinstance(key, ast.Constant) and isinstance(key.value, str):
            fields.append(key.value)
        else:
            return None
    return tuple(dict.fromkeys(fields)) or None


def _returns(body: list[ast.stmt]) -> Iterator[ast.Return]:
    """The returns of a function, without those of functions inside it."""
    for statement in body:
        if isinstance(statement, ast.Return):
            yield statement
        elif not isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            for inner in ast.walk(statement):
                if isinstance(inner, ast.Return):
                    yield inner


def _binds(tree: ast.FunctionDef | ast.AsyncFunctionDef, name: str | None) -> bool:
    """Whether a function gives its parameter another value, or perhaps changes the fields of the one it got."""
    changed = (ast.Store, ast.Del)
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, changed):
            return True
        if isinstance(node, ast.Subscript) and isinstance(node.ctx, changed):
            return True
        if isinstance(node, ast.Attribute) and node.attr in ("update", "pop", "setdefault", "clear", "popitem"):
            return True
    return False


def _is_none(value: ast.expr) -> bool:
    return isinstance(value, ast.Constant) and value.value is None
