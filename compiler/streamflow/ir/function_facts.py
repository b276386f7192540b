"""What is provable about a user's function. Every answer errs on the careful side."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from streamflow.ir.function import Function


def expression(function: Function) -> ast.expr | None:
    """The single expression returned: the body of a lambda, or of a def that is one `return` (below a docstring)."""
    tree = function.tree
    if tree is None or isinstance(tree, ast.AsyncFunctionDef) or not _plain_parameters(function):
        return None
    if isinstance(tree, ast.Lambda):
        return tree.body
    statements = [statement for statement in tree.body if not _is_docstring(statement)]
    only = statements[0] if len(statements) == 1 else None
    return only.value if isinstance(only, ast.Return) else None


def mutated_arguments(function: Function) -> frozenset[int]:
    """Positions of the parameters that a call may change or keep."""
    return frozenset(range(len(function.parameters)))


def may_alias_argument(function: Function) -> bool:
    """Whether the result may share a mutable value with an argument."""
    return True


def may_alias_constant(function: Function) -> bool:
    """Whether the result may share a mutable value with a captured constant."""
    return bool(function.mutable_constants)


def returns_only_none(function: Function) -> bool:
    """Whether every call that returns returns None."""
    return False


def calls_time(function: Function) -> bool:
    """Whether a call may read the clock."""
    return True


def _plain_parameters(function: Function) -> bool:
    """Whether the tree's parameters are exactly those that callers pass."""
    assert function.tree is not None
    arguments = function.tree.args
    positional = [argument.arg for argument in (*arguments.posonlyargs, *arguments.args)]
    return positional == list(function.parameters) and not (arguments.vararg or arguments.kwarg or arguments.kwonlyargs)


def _is_docstring(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
