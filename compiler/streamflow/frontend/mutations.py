"""Finds where a function changes a captured container: such a change would live in one process and be lost."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Collection, Iterator

_METHODS = """
append add update extend insert remove discard pop popitem clear setdefault sort reverse appendleft popleft extendleft
rotate subtract move_to_end intersection_update difference_update symmetric_difference_update __setitem__ __delitem__
"""
MUTATING_METHODS = frozenset(_METHODS.split())
_READING = ("get", "setdefault", "values", "items")
_FUNCTIONS = """
heappush heappop heapify heapreplace heappushpop insort insort_left insort_right shuffle setattr delattr
"""
_FIRST_ARGUMENT = frozenset(_FUNCTIONS.split())


def changes(tree: ast.AST, shared: Collection[int]) -> Iterator[tuple[ast.AST, ast.Name]]:
    """Each place that provably changes a captured container, with the name it was reached by.

    `shared` are the ids of the Name nodes that stand for captured containers. A local name that is bound once, to such
    a container or to a part of it, is followed.
    """
    finder = _Finder(tree, shared)
    for node in ast.walk(tree):
        for target in _changed(node):
            name = finder.root(target)
            if name is not None:
                yield node, name


def _changed(node: ast.AST) -> Iterator[ast.expr]:
    """The expressions whose value this node changes in place."""
    if isinstance(node, (ast.Assign, ast.Delete)):
        for target in node.targets:
            yield from _stored(target)
    elif isinstance(node, (ast.AugAssign, ast.For, ast.AsyncFor)):
        yield from _stored(node.target)
    elif isinstance(node, ast.Call):
        if isinstance(node.func, ast.Attribute) and node.func.attr in MUTATING_METHODS:
            yield node.func.value
        called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", None)
        if called in _FIRST_ARGUMENT and node.args:
            yield node.args[0]


def _stored(target: ast.expr) -> Iterator[ast.expr]:
    if isinstance(target, (ast.Subscript, ast.Attribute)):
        yield target.value
    elif isinstance(target, (ast.Tuple, ast.List)):
        for element in target.elts:
            yield from _stored(element)
    elif isinstance(target, ast.Starred):
        yield from _stored(target.value)


class _Finder:
    def __init__(self, tree: ast.AST, shared: Collection[int]) -> None:
        self._shared = shared
        self._aliases: dict[str, ast.Name] = {}
        bound = Counter(
            node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load)
        )
        bound.update(node.arg for node in ast.walk(tree) if isinstance(node, ast.arg))
        for _ in range(3):
            for node in ast.walk(tree):
                for local, value in _bindings(node):
                    name = self.root(value) if bound[local] == 1 else None
                    if name is not None:
                        self._aliases[local] = name

    def root(self, node: ast.expr) -> ast.Name | None:
        """The captured container that an expression is, or is a part of."""
        while True:
            if isinstance(node, ast.Name):
                return node if id(node) in self._shared else self._aliases.get(node.id)
            if isinstance(node, ast.Subscript):
                if isinstance(node.slice, ast.Slice):
                    return None
                node = node.value
            elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _READING:
                node = node.func.value
            else:
                return None


def _bindings(node: ast.AST) -> Iterator[tuple[str, ast.expr]]:
    """Local names that are bound to the value of an expression, or to an element of it."""
    if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
        yield node.targets[0].id, node.value
    elif isinstance(node, ast.NamedExpr):
        yield node.target.id, node.value
    elif isinstance(node, (ast.For, ast.AsyncFor, ast.comprehension)):
        target = node.target
        if (
            isinstance(target, ast.Tuple)
            and len(target.elts) == 2
            and getattr(_method(node.iter), "attr", "") == "items"
        ):
            target = target.elts[1]
        if isinstance(target, ast.Name):
            yield target.id, node.iter


def _method(node: ast.expr) -> ast.expr | None:
    return node.func if isinstance(node, ast.Call) else None
