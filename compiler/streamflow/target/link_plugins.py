"""The runtime files that plugins' nodes need: the module that a node names, and what it imports of its own package."""

from __future__ import annotations

import ast
import importlib.util
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from streamflow.diagnostics import Diagnostic
from streamflow.ir.graph import Graph, Node
from streamflow.target.link import PACKAGE, running

_TAKEN = frozenset(("entry", "kernel", "processor", PACKAGE, "js", "pyodide", "workers"))
"""Modules that a bundle, or the platform, has already."""


def plugin_files(graph: Graph) -> dict[str, str]:
    """Path below `src/` to content, of every plugin's node in the graph. `unlinkable` says beforehand what can't be."""
    wanted = [module for node in graph.nodes for module in _modules(node)]
    return {_path(name): text for name, text in _closure(wanted).items()}


def unlinkable(graph: Graph) -> list[Diagnostic]:
    """What keeps the runtime of a plugin's node out of a bundle: it isn't there, or needs what the platform lacks."""
    problems = []
    for node in graph.nodes:
        for module in _modules(node):
            problem = _problem(module)
            if problem is not None:
                message = f"the runtime of `{node.name}` can't go into a bundle: {problem}"
                help = "a plugin's runtime may import the standard library, streamflow_runtime and its own package"
                problems.append(Diagnostic("SF042", node.span, message, help))
    return problems


def _modules(node: Node) -> list[str]:
    return [] if node.operator is None else [module for module, _ in node.operator.imported]


def _problem(module: str) -> str | None:
    top = module.partition(".")[0]
    if top in _TAKEN or top in sys.stdlib_module_names:
        return f"its module may not be called {top}"
    if _text(module) is None:
        return f"there is no module {module}"
    for name, text in _closure([module]).items():
        for imported in sorted(set(_imports(name, text))):
            first = imported.partition(".")[0]
            if first not in (top, PACKAGE) and first not in sys.stdlib_module_names:
                return f"{name} imports {imported}"
            if first == top and _text(imported) is None and _text(imported.rpartition(".")[0]) is None:
                return f"{name} imports {imported}, which is not there"
    return None


def _closure(modules: Iterable[str]) -> dict[str, str]:
    """Modules with the packages around them and what they import of those, by name."""
    found: dict[str, str] = {}
    pending = list(modules)
    while pending:
        name = pending.pop()
        text = None if name in found else _text(name)
        if text is not None:
            found[name] = text
            own = f"{name.partition('.')[0]}."
            around = [".".join(name.split(".")[:depth]) for depth in range(1, name.count(".") + 1)]
            pending += around + [other for other in _imports(name, text) if other.startswith(own)]
    return dict(sorted(found.items()))


def _imports(module: str, text: str) -> Iterator[str]:
    """What a module imports when it runs: dotted names, of which the last part may be something inside a module."""
    package = module if _path(module).endswith("__init__.py") else module.rpartition(".")[0]
    for statement in running(ast.parse(text)):
        if isinstance(statement, ast.Import):
            yield from (alias.name for alias in statement.names)
        elif isinstance(statement, ast.ImportFrom):
            start = statement.module or ""
            if statement.level:
                around = package.split(".")[: len(package.split(".")) - statement.level + 1]
                start = ".".join([*around, *filter(None, [start])])
            yield start
            if start.partition(".")[0] == module.partition(".")[0]:
                yield from (f"{start}.{alias.name}" for alias in statement.names)


def _text(module: str) -> str | None:
    """The source of a module; None where there is none."""
    try:
        spec = importlib.util.find_spec(module) if module else None
    except (ImportError, ValueError):  # a package above is not there, or is no package
        return None
    file = Path(spec.origin) if spec is not None and spec.origin is not None else None
    return file.read_bytes().decode() if file is not None and file.suffix == ".py" else None


def _path(module: str) -> str:
    spec = importlib.util.find_spec(module)
    assert spec is not None and spec.origin is not None
    path = module.replace(".", "/")
    return f"{path}/__init__.py" if Path(spec.origin).name == "__init__.py" else f"{path}.py"
