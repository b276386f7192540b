"""Python code as syntax trees: templates with holes, comments, literals. Nothing is ever pasted as text."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any, TypeAlias

Hole: TypeAlias = "ast.AST | str | list[ast.stmt]"
_COMMENT = "\0"


def statements(template: str, **holes: Hole) -> list[ast.stmt]:
    """The statements of a template. A name that is a hole becomes that tree, that name, or those statements."""
    return _block(_parsed(template).body, holes)


def statement(template: str, **holes: Hole) -> ast.stmt:
    """The one statement of a template."""
    (only,) = statements(template, **holes)
    return only


def expression(template: str, **holes: Hole) -> ast.expr:
    """The one expression of a template."""
    (only,) = _parsed(template).body
    assert isinstance(only, ast.Expr)
    result = fill(only.value, holes)
    assert isinstance(result, ast.expr)
    return result


def name(identifier: str) -> ast.Name:
    """A variable that is read."""
    return ast.Name(identifier, ast.Load())


def literal(value: Any) -> ast.expr:
    """The expression that gives a plain value, as `repr` writes it."""
    made: ast.expr = fill(ast.parse(repr(value), mode="eval").body, {})
    return made


def comment(text: str) -> ast.stmt:
    """A comment on a line of its own."""
    return ast.Expr(ast.Constant(_COMMENT + "# " + " ".join(text.split())))


def comment_text(node: ast.AST) -> str | None:
    """The text of a `comment`, None for any other statement."""
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        value = node.value.value
        if isinstance(value, str) and value.startswith(_COMMENT):
            return value.removeprefix(_COMMENT)
    return None


def fill(tree: Any, holes: Mapping[str, Any], keep_lines: bool = False) -> Any:
    """A copy of a tree with its holes filled. Positions are left out unless the tree is the user's own code."""
    if isinstance(tree, list):
        return [fill(item, holes, keep_lines) for item in tree]
    if not isinstance(tree, ast.AST):
        return tree
    if isinstance(tree, ast.Name) and tree.id in holes:
        filling = holes[tree.id]
        return ast.Name(filling, tree.ctx) if isinstance(filling, str) else filling
    copied: Any = type(tree)()
    for field in tree._fields:
        value = getattr(tree, field, None)
        if field in ("body", "orelse", "finalbody") and isinstance(value, list):
            setattr(copied, field, _block(value, holes, keep_lines))
        elif isinstance(value, str) and isinstance(holes.get(value), str) and field in ("id", "arg", "attr", "name"):
            setattr(copied, field, holes[value])
        else:
            setattr(copied, field, fill(value, holes, keep_lines))
    if keep_lines and hasattr(tree, "lineno"):
        copied.lineno = tree.lineno
    return copied


def _block(body: Iterable[ast.stmt], holes: Mapping[str, Any], keep_lines: bool = False) -> list[ast.stmt]:
    filled: list[ast.stmt] = []
    for item in body:
        if (
            isinstance(item, ast.Expr)
            and isinstance(item.value, ast.Name)
            and isinstance(holes.get(item.value.id), list)
        ):
            filled += holes[item.value.id]
        else:
            filled.append(fill(item, holes, keep_lines))
    return filled


@cache
def _parsed(template: str) -> ast.Module:
    return ast.parse(template)
