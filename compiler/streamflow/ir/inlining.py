"""Whether a function's expression may stand in the place of a call, and that expression with its arguments."""

from __future__ import annotations

import ast
from collections.abc import Mapping

from streamflow.ir.function import Function

_EAGER = frozenset(
    ("all", "any", "dict", "frozenset", "len", "list", "max", "min", "set", "sorted", "sum", "tuple", "enumerate")
)
_Scope = ast.Lambda | ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp


def inlinable(function: Function) -> bool:
    """Whether the function is one expression that means the same inside the code that calls it.

    Not where it assigns (`:=`), or where a lambda or generator may outlive the call and see a later packet.
    """
    body = function.expression
    if body is None or function.is_async:
        return False
    if any(isinstance(node, (ast.NamedExpr, ast.Await, ast.Yield, ast.YieldFrom)) for node in ast.walk(body)):
        return False
    return not _lazy_outside_calls(body)


def may_take(function: Function, arguments: Mapping[str, str]) -> bool:
    """Whether variables may stand for the parameters: no inner scope of the expression binds one of them."""
    body = function.expression
    assert body is not None
    bound = {name for node in ast.walk(body) if isinstance(node, _Scope) for name in _bound_by(node)}
    return not bound & {*arguments.values(), *arguments}


def _lazy_outside_calls(body: ast.expr) -> bool:
    allowed: set[int] = set()
    for node in ast.walk(body):
        if isinstance(node, ast.Call) and _runs_arguments_at_once(node.func):
            allowed |= {id(argument) for argument in (*node.args, *(keyword.value for keyword in node.keywords))}
    lazy = (node for node in ast.walk(body) if isinstance(node, (ast.Lambda, ast.GeneratorExp)))
    return any(id(node) not in allowed for node in lazy)


def _runs_arguments_at_once(called: ast.expr) -> bool:
    if isinstance(called, ast.Name):
        return called.id in _EAGER
    return isinstance(called, ast.Attribute) and called.attr == "join"


def _bound_by(scope: _Scope) -> set[str]:
    if isinstance(scope, ast.Lambda):
        return {argument.arg for argument in ast.walk(scope.args) if isinstance(argument, ast.arg)}
    targets = (generator.target for generator in scope.generators)
    return {name.id for target in targets for name in ast.walk(target) if isinstance(name, ast.Name)}
