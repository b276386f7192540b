"""The names that a kernel's module has already, which identifiers of nodes keep away from."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from streamflow.ir.graph import Graph


def names_in_kernel(graph: Graph, foreign: Iterable[str]) -> tuple[list[str], dict[str, set[str]]]:
    """The nodes' names, and for each the module-level names of the kernel, but for those of its own functions."""
    module = defined_names(graph) | {edge.when.name for edge in graph.edges if edge.when is not None}
    module |= {*graph.module.secrets, *foreign}
    own: dict[str, set[str]] = {edge.label: set() for edge in graph.edges if edge.when is not None}
    for node in graph.nodes:
        functions = {function.name for function in node.functions}
        if node.kind == "filter.route":
            own |= {f"{node.name} {port}": functions for port in node.ports if graph.out(node.name, port)}
        own[node.name] = functions
    everything = module.union(*own.values())
    return list(own), {name: everything - functions for name, functions in own.items()}


def defined_names(graph: Graph) -> set[str]:
    """The names that the user's imports, constants and helpers have in the kernel."""
    defined = {alias.asname or alias.name for item in graph.module.imports for alias in item.names}
    for item in graph.module.definitions:
        targets = item.targets if isinstance(item, ast.Assign) else []
        defined |= {target.id for target in targets if isinstance(target, ast.Name)} or {item.name}  # type: ignore[union-attr]
    return defined
