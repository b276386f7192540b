"""Rewriting a tree of the user's: the original stays as it is, for other nodes and passes hold it too."""

from __future__ import annotations

import ast
from typing import Any


class Rewriter(ast.NodeTransformer):
    """A transformer whose `visit` gives a copy; positions are those of the original."""

    def generic_visit(self, node: ast.AST) -> Any:
        """A copy of a node with its parts rewritten."""
        copied = type(node)(**{part: self._rewritten(value) for part, value in ast.iter_fields(node)})
        return ast.copy_location(copied, node) if "lineno" in node._attributes else copied

    def _rewritten(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self._rewritten(item) for item in value]
        return self.visit(value) if isinstance(value, ast.AST) else value
