"""Trees as text: comments in their places, formatted by black."""

from __future__ import annotations

import ast
import re

import black

from streamflow.target.quote import fill

_COMMENT = re.compile(r"^(?P<indent> *)(?P<literal>(['\"])\\x00.*\3)$", re.MULTILINE)


def formatted(tree: ast.Module) -> str:
    """The text of a module."""
    return black.format_str(unformatted(tree), mode=black.Mode(line_length=100))


def unformatted(tree: ast.Module) -> str:
    """The text as `ast.unparse` gives it, with comments."""
    copied = fill(tree, {}, keep_lines=True)  # printing needs positions, and the tree has only the user's
    text = _single_parentheses(ast.unparse(ast.fix_missing_locations(copied)))
    return _COMMENT.sub(lambda match: match["indent"] + _comment(match["literal"]), text) + "\n"


def _comment(literal: str) -> str:
    return str(ast.literal_eval(literal)).removeprefix("\0")


def _single_parentheses(text: str) -> str:
    """`sum(x for x in y)` and `(z := x + y)`, where `ast.unparse` writes `sum((x for x in y))`, `(z := (x + y))`."""
    lines = text.encode().split(b"\n")
    for line, column in sorted({place for node in ast.walk(ast.parse(text)) for place in _doubled(node)}, reverse=True):
        lines[line - 1] = lines[line - 1][:column] + lines[line - 1][column + 1 :]
    return b"\n".join(lines).decode()


def _doubled(node: ast.AST) -> list[tuple[int, int]]:
    """Where the parentheses stand that nobody needs."""
    if isinstance(node, ast.Call) and len(node.args) == 1 and not node.keywords:
        inner, inside = node.args[0], 1
        kinds: tuple[type[ast.expr], ...] = (ast.GeneratorExp,)
    elif isinstance(node, ast.NamedExpr):
        inner, inside = node.value, 0
        kinds = (ast.BinOp, ast.BoolOp, ast.Compare, ast.IfExp, ast.UnaryOp)
    else:
        return []
    if not isinstance(inner, kinds) or not inner.end_lineno or inner.end_col_offset is None:
        return []
    return [(inner.lineno, inner.col_offset - 1 + inside), (inner.end_lineno, inner.end_col_offset - inside)]
