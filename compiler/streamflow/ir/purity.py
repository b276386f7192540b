"""Whether calling a function can be left out: it may raise, but it does nothing beside giving a value."""

from __future__ import annotations

import ast

from streamflow.ir.function import Function
from streamflow.ir.remarks import Refusal, refused, source_of

_PURE_BUILTINS = frozenset(
    """
    abs all any bool dict float frozenset int isinstance len list max min pow range repr reversed round set sorted str
    sum tuple zip
    """.split()
)
_PURE_METHODS = frozenset(
    """
    count endswith find get index items join keys lower lstrip replace rstrip split startswith strip title upper values
    """.split()
)
_REFUSED = (ast.Await, ast.Yield, ast.YieldFrom, ast.NamedExpr, ast.Lambda)


def pure(function: Function) -> bool:
    """True only where a call provably has no effect: one expression that calls pure builtins and methods alone."""
    return impurity(function) is None


def impurity(function: Function) -> Refusal | None:
    """What may have effects in a function. Of helpers that call each other one is known by name alone."""
    body = function.expression
    if function.tree is None:
        return refused(f"`{function.reference}` is imported, and may have effects", function)
    if body is None:
        return refused("it is more than one expression, and may have effects", function)
    for node in ast.walk(body):
        if isinstance(node, _REFUSED) or is_impure_call(node, function):
            return refused(f"`{source_of(node)}` may have effects", function, node)
    for at, parameter in enumerate(function.parameters):
        if function.may_mutate(at):
            return refused(f"it may change or keep `{parameter}`", function)
    return None


def is_impure_call(node: ast.AST, function: Function) -> bool:
    """Whether it is a call that may have effects: neither of a pure helper, nor of a pure builtin or method."""
    if not isinstance(node, ast.Call):
        return False
    if isinstance(node.func, ast.Name):
        helper = function.helpers.get(node.func.id)
        if helper is not None:
            return impurity(helper) is not None
        return node.func.id not in _PURE_BUILTINS
    return not (isinstance(node.func, ast.Attribute) and node.func.attr in _PURE_METHODS)
