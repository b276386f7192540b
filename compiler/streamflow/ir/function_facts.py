"""What is provable about a user's function. Every answer errs on the careful side."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

from streamflow.ir.known_calls import NONE_METHODS, dotted

if TYPE_CHECKING:
    from streamflow.ir.function import Function

_CLOCKS = frozenset(["time", "uuid.uuid1", "datetime.datetime.now", "datetime.datetime.utcnow", "datetime.date.today"])
_CLOCK_METHODS = frozenset(["now", "utcnow", "today"])
_TIMELESS = frozenset(["time.strptime", "time.mktime", "time.struct_time", "time.timezone"])


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


def plain_statements(function: Function) -> list[ast.stmt]:
    """The statements of a `def` whose parameters are those that callers pass, below its docstring."""
    if not isinstance(function.tree, ast.FunctionDef) or not _plain_parameters(function):
        return []
    return [statement for statement in function.tree.body if not _is_docstring(statement)]


def plain_body(function: Function) -> list[ast.stmt] | None:
    """The statements of a function that assigns variables once each, one after the other, and then returns a value."""
    tree = function.tree
    if tree is None or isinstance(tree, ast.AsyncFunctionDef) or not _plain_parameters(function):
        return None
    if isinstance(tree, ast.Lambda):
        return [ast.copy_location(ast.Return(tree.body), tree.body)]
    *assignments, last = [statement for statement in tree.body if not _is_docstring(statement)]
    names = [_assigned(statement) for statement in assignments]
    if (
        not isinstance(last, ast.Return)
        or None in names
        or len({*names, *function.parameters}) < len(names) + len(function.parameters)
    ):
        return None
    return [*assignments, last]


def _assigned(statement: ast.stmt) -> str | None:
    """The one variable that a statement assigns, if it does nothing else."""
    if not isinstance(statement, ast.Assign) or len(statement.targets) != 1:
        return None
    target = statement.targets[0]
    return target.id if isinstance(target, ast.Name) else None


def returns_only_none(function: Function) -> bool:
    """Whether every call that returns returns None, as `data.update(...)` does."""
    tree = function.tree
    if tree is None or isinstance(tree, ast.Lambda):
        body = tree.body if tree is not None else None
        return body is not None and _is_none(body, function)
    nodes = list(_own_statements(tree.body))
    if any(isinstance(node, (ast.Yield, ast.YieldFrom)) for node in nodes) or isinstance(tree.body[-1], ast.Raise):
        return False
    returned = [node.value for node in nodes if isinstance(node, ast.Return)]
    return all(value is None or _is_none(value, function) for value in returned)


def calls_time(function: Function) -> bool:
    """Whether a call may read the clock, itself or through a helper."""
    seen: set[str] = set()
    pending = [function]
    while pending:
        current = pending.pop()
        if current.tree is None:
            tree: ast.AST = ast.parse(current.reference or "", mode="eval")
        else:
            tree = current.tree
        owners = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
        if any(_reads_clock(node, current) for node in ast.walk(tree) if id(node) not in owners):
            return True
        pending += [helper for name, helper in current.helpers.items() if name not in seen]
        seen.update(current.helpers)
    return False


def _reads_clock(node: ast.AST, function: Function) -> bool:
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        names = {getattr(node, "module", None), *(alias.name for alias in node.names)}
        return bool(names & {"time", "datetime"})
    if isinstance(node, ast.Attribute):
        return node.attr in _CLOCK_METHODS or _is_clock(dotted(node, function.imports))
    return isinstance(node, ast.Name) and _is_clock(function.imports.get(node.id))


def _is_clock(name: str | None) -> bool:
    return name is not None and (name in _CLOCKS or (name.startswith("time.") and name not in _TIMELESS))


def _is_none(node: ast.expr, function: Function) -> bool:
    """Whether an expression is None, or a call that returns None: a method of a list or dict of the data."""
    if isinstance(node, ast.Constant):
        return node.value is None
    if isinstance(node, ast.IfExp):
        return _is_none(node.body, function) and _is_none(node.orelse, function)
    if not isinstance(node, ast.Call):
        return False
    if isinstance(node.func, ast.Name):
        helper = function.helpers.get(node.func.id)
        if helper is not None and helper.tree is not None and not helper.is_async:
            return helper.tree is not function.tree and not helper.helpers and returns_only_none(helper)
        return node.func.id == "print" and "print" not in function.parameters
    if not isinstance(node.func, ast.Attribute) or node.func.attr not in NONE_METHODS:
        return False
    root: ast.expr = node.func.value
    while isinstance(root, ast.Subscript) or (isinstance(root, ast.Attribute) and root.attr == "data"):
        root = root.value
    return isinstance(root, ast.Name) and root.id in function.parameters


def _own_statements(body: list[ast.stmt]) -> Iterator[ast.AST]:
    """What runs in a function itself, without the functions and classes inside it."""
    pending: list[ast.AST] = list(body)
    while pending:
        node = pending.pop()
        yield node
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)):
            pending += ast.iter_child_nodes(node)


def _plain_parameters(function: Function) -> bool:
    """Whether the tree's parameters are exactly those that callers pass."""
    assert function.tree is not None
    arguments = function.tree.args
    positional = [argument.arg for argument in (*arguments.posonlyargs, *arguments.args)]
    return positional == list(function.parameters) and not (arguments.vararg or arguments.kwarg or arguments.kwonlyargs)


def _is_docstring(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
