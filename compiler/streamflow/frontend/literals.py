"""Finds the very text in a user's file that a problem of the graph is about, to underline it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from itertools import pairwise

from streamflow.diagnostics import Span
from streamflow.frontend.source import SourceFile, source_file


def argument_text(call: Span, argument: str, text: str) -> Span:
    """The string `text` within the keyword `argument` of a call; the call where it isn't written there as it is."""
    file, node = _call(call)
    for keyword in node.keywords if node is not None else ():
        if file is not None and keyword.arg == argument:
            for part in ast.walk(keyword.value):
                if _is_text(part, text):
                    return file.span(part)
    return call


def first_text(call: Span, text: str) -> Span:
    """The string `text` as an argument of a call by position; the call where it isn't written there as it is."""
    file, node = _call(call)
    for part in node.args if node is not None else ():
        if file is not None and _is_text(part, text):
            return file.span(part)
    return call


def edge_text(call: Span, origin: str, target: str, text: str) -> Span:
    """The string `text`, one end of the edge from `origin` to `target`, in the call or else anywhere in its file."""
    file, node = _call(call)
    if file is None or node is None:
        return call
    for tree in (node, file.tree):
        found = [pair[text == target and text != origin] for pair in _pairs(tree) if _names(pair) == (origin, target)]
        if len(found) == 1 or (found and tree is node):
            return file.span(found[0])
    return call


def _pairs(tree: ast.AST) -> Iterator[tuple[ast.expr, ast.expr]]:
    """Neighbours in the tuples, lists and argument lists of a tree."""
    for node in ast.walk(tree):
        items = (
            node.elts if isinstance(node, (ast.Tuple, ast.List)) else node.args if isinstance(node, ast.Call) else []
        )
        yield from pairwise(items)


def _names(pair: tuple[ast.expr, ast.expr]) -> tuple[object, object]:
    first, second = (getattr(item, "value", None) for item in pair)
    return first, second


def _is_text(node: ast.AST, text: str) -> bool:
    return isinstance(node, ast.Constant) and node.value == text


def _call(span: Span) -> tuple[SourceFile | None, ast.Call | None]:
    """The call at a place. Columns may count bytes or characters."""
    file = source_file(span.file)
    if file is not None:
        for node in ast.walk(file.tree):
            if isinstance(node, ast.Call) and (node.lineno, node.end_lineno) == (span.line, span.end_line):
                starts = (node.col_offset, file.span(node).column)
                ends = (node.end_col_offset, file.span(node).end_column)
                if span.column in starts and span.end_column in ends:
                    return file, node
    return file, None
