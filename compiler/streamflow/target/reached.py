"""The stores that functions reach by `env`: what each is, by the methods that are called on it."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from streamflow.ir.function import Function
from streamflow.ir.graph import Graph

ENV = "streamflow_runtime.environment.env"
KINDS = {
    **dict.fromkeys(("get", "put", "delete", "list"), "kv"),
    **dict.fromkeys(("prepare", "batch"), "d1"),
    **dict.fromkeys(("send", "sendBatch"), "queue"),
    "writeDataPoint": "analytics",
}


def reached(graph: Graph) -> dict[str, dict[str, str]] | None:
    """Stores by binding, as the service's description has them; None where no function uses `env`.

    `env.NAME` without a method is a text of the environment, which is no store.
    """
    found: dict[str, dict[str, str]] = {}
    uses = False
    for function, name in _users(graph):
        uses = True
        for binding, method in _calls(function, name):
            if method in KINDS:
                found.setdefault(binding, {"type": KINDS[method], "binding": binding})
    return dict(sorted(found.items())) if uses else None


def _users(graph: Graph) -> Iterator[tuple[Function, str]]:
    """Functions in which `env` stands, and its name there."""
    pending = [function for node in graph.nodes for function in node.functions]
    seen: set[int] = set()
    while pending:
        function = pending.pop()
        if id(function) not in seen:
            seen.add(id(function))
            pending += function.helpers.values()
            yield from ((function, name) for name, dotted in function.imports.items() if dotted == ENV)


def _calls(function: Function, name: str) -> Iterator[tuple[str, str]]:
    """`env.BINDING.method` anywhere in a function."""
    for part in ast.walk(function.tree) if function.tree is not None else ():
        store = part.value if isinstance(part, ast.Attribute) else None
        if isinstance(store, ast.Attribute) and isinstance(store.value, ast.Name) and store.value.id == name:
            assert isinstance(part, ast.Attribute)
            yield store.attr, part.attr
