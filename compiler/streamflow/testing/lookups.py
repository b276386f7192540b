"""Stand-ins for what `nodes.enrich` looks up, in a table of the program or outside."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from inspect import isawaitable
from typing import Any

from streamflow.diagnostics import did_you_mean
from streamflow.target.program import Program

Lookups = Mapping[str, Mapping[Any, Any] | Callable[[Any], Any]]


def with_lookups(program: Program, lookups: Lookups) -> Program:
    """The program with other tables where its nodes have tables. Raises KeyError for a node that looks nothing up."""
    changed = []
    for name, table in lookups.items():
        node = program.graph.by_name.get(name)
        if node is None or "lookup" not in node.options:
            looking = [node.name for node in program.graph.nodes if "lookup" in node.options]
            hint = did_you_mean(name, looking) or f"there is {', '.join(looking) or 'none'}"
            raise KeyError(f"no nodes.enrich {name!r}: {hint}")
        if not node.looks_up:
            if not isinstance(table, Mapping):
                raise TypeError(f"`{name}` looks into a dict, so lookups={{{name!r}: ...}} is a dict, too")
            changed.append(replace(node, options={**node.options, "lookup": dict(table)}))
    return Program(program.graph.with_nodes(changed), program.warnings, program.timestamps) if changed else program


async def found(table: Mapping[Any, Any] | Callable[[Any], Any], key: Any) -> Any:
    """What a stand-in has for a key that is looked up outside; None where it has nothing."""
    if isinstance(table, Mapping):
        return table.get(key)
    value = table(key)
    return await value if isawaitable(value) else value
