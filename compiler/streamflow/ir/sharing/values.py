"""Roots and values: what a variable may hold, and the function that is being followed."""

from __future__ import annotations

import ast
from collections.abc import Hashable
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from streamflow.ir.function import Function, FunctionTree

Root: TypeAlias = Hashable
Value: TypeAlias = frozenset[Root]
Env: TypeAlias = dict[str, Value]

CONSTANTS, UNKNOWN, NUMBER, FLOAT, TEXT = "constants", "unknown", "number", "float", "text"
"""All mutable constants; all that isn't known; three kinds of scalars, a float being one that repeats no list."""
NOTHING: Value = frozenset()
IS_NUMBER: Value = frozenset([NUMBER, FLOAT])
IS_SCALAR: Value = frozenset([NUMBER, FLOAT, TEXT])


class TooHard(Exception):
    """Something that the analysis doesn't follow."""


class Frame:
    """One tree being followed: its function's imports and helpers, its own names, what it returned so far."""

    def __init__(self, function: Function, tree: FunctionTree) -> None:
        self.function = function
        self.result: set[Root] = set()
        self.names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and not _loads(node)}
        self.names |= {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}
        for node in ast.walk(tree):
            if node is not tree and isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                self.names.add(node.name)
            elif isinstance(node, (ast.ClassDef, ast.Global, ast.Nonlocal)):
                raise TooHard
            elif isinstance(node, ast.alias):
                self.names.add(node.asname or node.name.partition(".")[0])
            elif isinstance(node, (ast.ExceptHandler, ast.MatchAs, ast.MatchStar)) and node.name:
                self.names.add(node.name)
            elif isinstance(node, ast.MatchMapping) and node.rest:
                self.names.add(node.rest)


def scalar(node: ast.Constant) -> Value:
    if isinstance(node.value, (str, bytes)):
        return frozenset([TEXT])
    return frozenset([FLOAT if isinstance(node.value, float) else NUMBER])


def _loads(node: ast.Name) -> bool:
    return isinstance(node.ctx, ast.Load)
