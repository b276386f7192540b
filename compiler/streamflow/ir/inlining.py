"""Whether a function's expression may stand in the place of a call, and that expression with its arguments."""

from __future__ import annotations

import ast
from collections.abc import Mapping

from streamflow.ir.function import Function
from streamflow.ir.remarks import Refusal, refused, source_of

_EAGER = frozenset(
    ("all", "any", "dict", "frozenset", "len", "list", "max", "min", "set", "sorted", "sum", "tuple", "enumerate")
)
_Scope = ast.Lambda | ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp


def inlinable(function: Function) -> bool:
    """Whether the function is one expression that means the same inside the code that calls it."""
    return why_not_inlined(function) is None


def why_not_inlined(function: Function) -> Refusal | None:
    """What keeps a function's expression from standing in the place of a call.

    Such as an assignment (`:=`), or a lambda or generator that may outlive the call and see a later packet.
    """
    body = function.expression
    if function.tree is None:
        return refused(f"`{function.reference}` is imported", function)
    if body is None:
        return refused("it is asynchronous" if function.is_async else "it is more than one expression", function)
    for node in ast.walk(body):
        if isinstance(node, ast.NamedExpr) and node.target.id not in function.shared:
            return refused(f"`{source_of(node)}` assigns", function, node)
        if isinstance(node, (ast.Await, ast.Yield, ast.YieldFrom)):
            return refused(f"`{source_of(node)}` hands control away", function, node)
    lazy = _lazy_outside_calls(body)
    if lazy is not None:
        return refused(f"`{source_of(lazy)}` could outlive its packet", function, lazy)
    return None


def may_take(function: Function, arguments: Mapping[str, str]) -> bool:
    """Whether variables may stand for the parameters: no inner scope of the expression binds one of them."""
    body = function.expression
    assert body is not None
    bound = {name for node in ast.walk(body) if isinstance(node, _Scope) for name in _bound_by(node)}
    return not bound & {*arguments.values(), *arguments}


def _lazy_outside_calls(body: ast.expr) -> ast.expr | None:
    allowed: set[int] = set()
    for node in ast.walk(body):
        if isinstance(node, ast.Call) and _runs_arguments_at_once(node.func):
            allowed |= {id(argument) for argument in (*node.args, *(keyword.value for keyword in node.keywords))}
    lazy = (node for node in ast.walk(body) if isinstance(node, (ast.Lambda, ast.GeneratorExp)))
    return next((node for node in lazy if id(node) not in allowed), None)


def _runs_arguments_at_once(called: ast.expr) -> bool:
    if isinstance(called, ast.Name):
        return called.id in _EAGER
    return isinstance(called, ast.Attribute) and called.attr == "join"


def _bound_by(scope: _Scope) -> set[str]:
    if isinstance(scope, ast.Lambda):
        return {argument.arg for argument in ast.walk(scope.args) if isinstance(argument, ast.arg)}
    targets = (generator.target for generator in scope.generators)
    return {name.id for target in targets for name in ast.walk(target) if isinstance(name, ast.Name)}
