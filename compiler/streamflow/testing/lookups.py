"""Stand-ins for what nodes look up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from streamflow.diagnostics import did_you_mean
from streamflow.target.program import Program

Lookups = Mapping[str, Mapping[Any, Any]]


def with_lookups(program: Program, lookups: Lookups) -> Program:
    """The program with other tables in its `nodes.enrich`. Raises KeyError for a node that looks nothing up."""
    changed = []
    for name, table in lookups.items():
        node = program.graph.by_name.get(name)
        if node is None or "lookup" not in node.options:
            looking = [node.name for node in program.graph.nodes if "lookup" in node.options]
            hint = did_you_mean(name, looking) or f"there is {', '.join(looking) or 'none'}"
            raise KeyError(f"no nodes.enrich {name!r}: {hint}")
        changed.append(replace(node, options={**node.options, "lookup": dict(table)}))
    return Program(program.graph.with_nodes(changed), program.warnings, program.timestamps) if changed else program
