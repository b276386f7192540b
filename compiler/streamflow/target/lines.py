"""Which node, and which line of the user's program, stands behind each line of a kernel."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any, TypeAlias

from streamflow.diagnostics import program_path
from streamflow.target.quote import comment_text

Line: TypeAlias = tuple[int, str, str, int]  # line of the kernel, node, user's file, user's line
Origin: TypeAlias = tuple[str, str, int]


def number_lines(tree: ast.Module) -> list[Line]:
    """Give every node of a tree a line number that stands for its origin: so it can be run without being printed."""
    table: list[Line] = [(1, "", "", 0)]
    for nodes, origin in _origins(tree):
        for node in nodes:
            place = (origin[0], origin[1], getattr(node, "lineno", origin[2]) if origin[1] else 0)
            if table[-1][1:] != place:
                table.append((table[-1][0] + 1, *place))
            node.lineno = node.end_lineno = table[-1][0]
            node.col_offset = node.end_col_offset = 0
    ast.fix_missing_locations(tree)
    return table


def lines_of(tree: ast.Module, text: str) -> list[Line]:
    """The same for the text that the tree was printed as: both are walked in step."""
    printed = ast.parse(text)
    found: dict[int, Origin] = {}
    of_the_user: set[int] = set()  # lines on which code of the user's stands: its own place counts
    pairs = zip(_statements(tree), _statements(printed), strict=True)
    for (made, origin), (shown, _) in pairs:
        for node, copy in _in_step(made, shown):
            line = getattr(copy, "lineno", None)
            if line is None or line in of_the_user:
                continue
            if hasattr(node, "lineno") and origin[1]:
                of_the_user.add(line)
                found[line] = (origin[0], origin[1], node.lineno)
            else:
                found.setdefault(line, origin)
    table: list[Line] = []
    for line in sorted(found):
        if not table or table[-1][1:] != found[line]:
            table.append((line, *found[line]))
    return table


def _origins(tree: ast.Module) -> Iterator[tuple[list[Any], Origin]]:
    for statement, origin in _statements(tree):
        yield [node for node in _own_nodes(statement) if "lineno" in node._attributes], origin


def _statements(tree: ast.AST, origin: Origin = ("", "", 0)) -> Iterator[tuple[ast.stmt, Origin]]:
    """Statements but comments in the order of the text, each with the node and the user's place it belongs to."""
    for body in _bodies(tree):
        present = origin
        for statement in body:
            if comment_text(statement) is not None:
                present = getattr(statement, "mark", present)
                continue
            inner = present
            if hasattr(statement, "user_file"):
                inner = ("", program_path(getattr(statement, "user_file")), getattr(statement, "user_line", 0))  # noqa: B009
            yield statement, inner
            yield from _statements(statement, inner)


def _bodies(tree: ast.AST) -> Iterator[list[ast.stmt]]:
    for field in ("body", "handlers", "orelse", "finalbody"):
        value = getattr(tree, field, None)
        if isinstance(value, list):
            for item in value:
                if isinstance(item, (ast.ExceptHandler, ast.match_case)):
                    yield item.body
            if value and isinstance(value[0], ast.stmt):
                yield value
    for case in getattr(tree, "cases", ()):
        yield case.body


def _own_nodes(statement: ast.AST) -> Iterator[ast.AST]:
    """A statement and the expressions in it, without nested statements."""
    yield statement
    for child in ast.iter_child_nodes(statement):
        if isinstance(child, (ast.ExceptHandler, ast.match_case)):
            yield from (node for node in _own_nodes(child) if not isinstance(node, ast.stmt))
        elif not isinstance(child, ast.stmt):
            yield from _own_nodes(child)


def _in_step(made: ast.AST, shown: ast.AST) -> Iterator[tuple[ast.AST, ast.AST]]:
    """Nodes of both trees that correspond, as far as their shapes agree."""
    yield made, shown
    first = [child for child in ast.iter_child_nodes(made) if not isinstance(child, ast.stmt)]
    second = [child for child in ast.iter_child_nodes(shown) if not isinstance(child, ast.stmt)]
    for one, other in zip(first, second, strict=False):
        if type(one) is not type(other):
            break
        yield from _in_step(one, other)
