"""What functions do with the fields of a record: which ones they read, and which ones they set in a new record."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass, replace

from streamflow.ir.function import Function
from streamflow.ir.function_facts import plain_statements
from streamflow.ir.graph import Node
from streamflow.ir.inlining import inlinable


@dataclass(frozen=True, eq=False)
class Record:
    """`{**data, "total": ...}` (`extends`), or `{"total": ...}`, each field with its expression."""

    extends: bool
    fields: Mapping[str, ast.expr]


def record_of(function: Function) -> Record | None:
    """The record that a function of the data returns, where it is one display and reads nothing but fields."""
    made = function.expression
    if function.wants_packet or not isinstance(made, ast.Dict) or not made.keys:
        return None
    extends = made.keys[0] is None
    if extends and not _is_parameter(made.values[0], function):
        return None
    keys, values = made.keys[extends:], made.values[extends:]
    names = [key.value for key in keys if isinstance(key, ast.Constant) and isinstance(key.value, str)]
    if (
        len(names) < len(keys)
        or len({*names}) < len(names)
        or any(_fields(value, function) is None for value in values)
    ):
        return None
    return Record(extends, dict(zip(names, values, strict=True)))


def as_record(function: Function) -> Function | None:
    """The same function as a display, where it only sets fields of the data, each to what it reads of others, and
    returns it. Such a function gets a copy, so nobody can tell."""
    tree = function.tree
    if not isinstance(tree, ast.FunctionDef) or function.wants_packet or len(function.parameters) != 1:
        return None
    body = plain_statements(function)
    if not body or not isinstance(body[-1], ast.Return) or not _is_parameter(body[-1].value, function):
        return None
    parameter = function.parameters[0]
    set_so_far: set[str] = set()
    keys: list[ast.expr | None] = [None]
    values: list[ast.expr] = [ast.Name(parameter, ast.Load())]
    for statement in body[:-1]:
        field = _field_set(statement, function)
        read = _fields(statement.value, function) if isinstance(statement, ast.Assign) else None
        if field is None or read is None or (set_so_far & {*read, str(field.value)}):
            return None
        set_so_far.add(str(field.value))
        keys.append(field)
        values.append(statement.value)  # type: ignore[attr-defined]
    display = ast.copy_location(ast.Dict(keys, values), tree)
    made = ast.Lambda(ast.arguments([], [ast.arg(parameter)], None, [], [], None, []), display)
    function = replace(function, tree=ast.fix_missing_locations(ast.copy_location(made, tree)))
    return function if set_so_far and inlinable(function) else None


def _field_set(statement: ast.stmt, function: Function) -> ast.Constant | None:
    """The field in `data["field"] = ...`."""
    target = statement.targets[0] if isinstance(statement, ast.Assign) and len(statement.targets) == 1 else None
    if not isinstance(target, ast.Subscript) or not _is_parameter(target.value, function):
        return None
    field = target.slice
    return field if isinstance(field, ast.Constant) and isinstance(field.value, str) else None


def fields_read(function: Function) -> frozenset[str] | None:
    """The fields of the data that a function reads as `data["name"]`; None where it may do anything else with it."""
    if function.wants_packet or function.expression is None:
        return None
    return _fields(function.expression, function)


def fields_needed(node: Node) -> frozenset[str] | None:
    """The fields that a node reads of what comes to it; None where it needs the record itself."""
    function = node.function
    if node.kind in ("transform", "filter") and function is not None and inlinable(function):
        record = record_of(function) if node.kind == "transform" else None
        if record is None:
            return fields_read(function)
        if record.extends and not node.scalars:
            return None
        return frozenset().union(*(_fields(value, function) or () for value in record.fields.values()))
    if node.operator is None and node.options.get("figures"):
        picked = (each.value for each in node.options["aggregates"].values() if each.value is not None)
        return _all_of(_key_fields(node), *map(picked_fields, picked))
    if node.operator is not None or "accumulators" not in node.options:
        return None
    found = [_key_fields(node)]
    for accumulator in node.options["accumulators"].values():
        found += [fields_read(part) for part in (accumulator.value, accumulator.where) if part is not None]
    return _all_of(*found)


def _all_of(*found: frozenset[str] | None) -> frozenset[str] | None:
    return None if None in found else frozenset().union(*(fields or () for fields in found))


def _key_fields(node: Node) -> frozenset[str] | None:
    key = node.options.get("key")
    names = key if isinstance(key, tuple) else () if key is None else (key,)
    return _all_of(*map(picked_fields, names))


def picked_fields(picked: str | Function) -> frozenset[str] | None:
    """The fields that an option reads which picks a value, by name or function; None where it may read any."""
    if isinstance(picked, Function):
        return fields_read(picked) if inlinable(picked) else None
    return None if "." in picked else frozenset((picked,))


def _fields(tree: ast.expr, function: Function) -> frozenset[str] | None:
    found: set[str] = set()
    subscripted: list[ast.expr] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Subscript) and _is_parameter(node.value, function):
            if not isinstance(node.slice, ast.Constant) or not isinstance(node.slice.value, str):
                return None
            found.add(node.slice.value)
            subscripted.append(node.value)
    names = [node for node in ast.walk(tree) if isinstance(node, ast.expr) and _is_parameter(node, function)]
    return frozenset(found) if len(names) == len(subscripted) else None


def _is_parameter(tree: ast.expr | None, function: Function) -> bool:
    return isinstance(tree, ast.Name) and tree.id == function.parameters[0]
