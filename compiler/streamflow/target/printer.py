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
    """`sum(x for x in y)`, where `ast.unparse` writes `sum((x for x in y))`."""
    lines = text.encode().split(b"\n")
    calls = (node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call))
    only = (call.args[0] for call in calls if len(call.args) == 1 and not call.keywords)
    ends = [
        place
        for argument in only
        if isinstance(argument, ast.GeneratorExp) and argument.end_lineno and argument.end_col_offset
        for place in ((argument.lineno, argument.col_offset), (argument.end_lineno, argument.end_col_offset - 1))
    ]
    for line, column in sorted(ends, reverse=True):
        lines[line - 1] = lines[line - 1][:column] + lines[line - 1][column + 1 :]
    return b"\n".join(lines).decode()
