"""Loop variables that a function would read late: after the loop, when they hold the last value."""

from __future__ import annotations

import ast

from streamflow.frontend.scopes import binds, own_nodes
from streamflow.frontend.source import SourceFile
from streamflow.ir.function import FunctionTree


def loop_variables(file: SourceFile, tree: FunctionTree) -> set[str]:
    """The names that the loops around a function, within the scope that it was written in, bind anew in each turn."""
    found: set[str] = set()
    inner: ast.AST = tree
    outer = file.parents.get(tree)
    while outer is not None and not _is_scope(outer, inner):
        if isinstance(outer, (ast.For, ast.AsyncFor, ast.While)) and inner not in outer.orelse:
            found.update(name for node in own_nodes(outer) for name in binds(node))
            if not isinstance(outer, ast.While):
                found.update(_names(outer.target))
        elif isinstance(outer, (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)):
            found.update(name for generator in outer.generators for name in _names(generator.target))
        inner, outer = outer, file.parents.get(outer)
    return found


def _is_scope(outer: ast.AST, inner: ast.AST) -> bool:
    """Whether `inner` runs in a function of its own each time: a decorator or a default doesn't."""
    if isinstance(outer, ast.Lambda):
        return inner is outer.body
    return isinstance(outer, (ast.FunctionDef, ast.AsyncFunctionDef)) and inner in outer.body


def _names(target: ast.expr) -> set[str]:
    return {name for node in ast.walk(target) for name in binds(node)}
