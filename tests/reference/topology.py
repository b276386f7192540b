"""The shape of a graph: who sends to whom, in which order, and whose turn comes when."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from streamflow.dsl.graph import GraphDefinition


@dataclass(frozen=True)
class Route:
    """One edge: from a node's port to a node, under a condition or none."""

    origin: str
    port: str
    target: str
    when: Callable[..., Any] | None


def routes_of(graph: GraphDefinition) -> list[Route]:
    """The edges as first written; the same edge written twice is one."""
    routes: list[Route] = []
    for edge in graph.edges:
        origin, _, port = edge.origin.partition(".")
        target = edge.target.partition(".")[0]  # in a path, what follows the dot is the port of the next edge
        route = Route(origin, port or "out", target, edge.when)
        if route not in routes:
            routes.append(route)
    return routes


def turns_of(graph: GraphDefinition, routes: list[Route]) -> list[str]:
    """All nodes, upstream first; of those that could come next, the first in the order of `nodes=` does."""
    waiting = [node.name for node in graph.nodes]
    turns: list[str] = []
    while waiting:
        ready = [name for name in waiting if not any(r.target == name and r.origin in waiting for r in routes)]
        turns.append(ready[0])
        waiting.remove(ready[0])
    return turns


def upstream_of(name: str, routes: list[Route]) -> set[str]:
    """The node itself and everything from which packets can reach it."""
    found = {name}
    while True:
        more = {route.origin for route in routes if route.target in found} - found
        if not more:
            return found
        found |= more
