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
    text = ast.unparse(ast.fix_missing_locations(copied))
    return (
        _COMMENT.sub(lambda match: match["indent"] + ast.literal_eval(match["literal"]).removeprefix("\0"), text) + "\n"
    )
