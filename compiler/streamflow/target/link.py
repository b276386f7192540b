"""Which files of the runtime a bundle needs: what its own modules import, and what those import in turn."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

import streamflow_runtime

PACKAGE = "streamflow_runtime"


def linked(modules: Iterable[str]) -> dict[str, str]:
    """The runtime's files for modules given as text: file name to its whole content, in the order of the names."""
    needed = {"__init__"}
    found = [name for text in modules for name in runtime_imports(text)]
    while found:
        name = found.pop()
        if name not in needed:
            needed.add(name)
            found += runtime_imports(_text(name))
    return {f"{name}.py": _text(name) for name in sorted(needed)}


def runtime_imports(text: str) -> list[str]:
    """The runtime's modules that a module imports when it runs, sorted; what only type checkers see does not count."""
    return sorted({name for statement in running(ast.parse(text)) for name in _named(statement)})


def running(tree: ast.AST) -> Iterator[ast.AST]:
    """All parts of a module but those below `if TYPE_CHECKING:`."""
    for child in ast.iter_child_nodes(tree):
        if isinstance(child, ast.If) and isinstance(child.test, ast.Name) and child.test.id == "TYPE_CHECKING":
            for other in child.orelse:
                yield from running(other)
        else:
            yield child
            yield from running(child)


def _named(statement: ast.AST) -> Iterator[str]:
    if isinstance(statement, ast.ImportFrom):
        if statement.module == PACKAGE:
            yield from (alias.name for alias in statement.names)
        elif statement.module and statement.module.startswith(PACKAGE + "."):
            yield statement.module.removeprefix(PACKAGE + ".")
    elif isinstance(statement, ast.Import):
        for alias in statement.names:
            if alias.name.startswith(PACKAGE + "."):
                yield alias.name.removeprefix(PACKAGE + ".")


@cache
def _text(name: str) -> str:
    return (Path(streamflow_runtime.__file__).parent / f"{name}.py").read_bytes().decode("utf-8")
