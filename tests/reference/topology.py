"""The shape of a graph: who sends to whom, in which order, and whose turn comes when."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from streamflow.dsl.graph import GraphDefinition


@dataclass(frozen=True)
class Route:
    """One edge: from a node's port to a node's input, under a condition or none."""

    origin: str
    port: str
    target: str
    when: Callable[..., Any] | None
    into: str = "in"


def routes_of(graph: GraphDefinition) -> list[Route]:
    """The edges as first written; the same edge written twice is one."""
    routes: list[Route] = []
    joins = {node.name for node in graph.nodes if node.kind.startswith("join.")}
    for edge in graph.edges:
        origin, _, port = edge.origin.partition(".")
        target, _, side = edge.target.partition(".")  # in a path, what follows the dot is the port of the next edge
        if origin in joins and port in ("left", "right"):
            port = "out"
        route = Route(origin, port or "out", target, edge.when, side if target in joins else "in")
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


def delays_of(name: str, routes: list[Route], lags: Mapping[str, int]) -> dict[str, int]:
    """How far a node's watermark stays behind that of each node upstream, by the longest way."""
    delays = {name: 0}
    pending = [name]
    while pending:
        target = pending.pop()
        for route in routes:
            delay = delays[target] + lags.get(route.origin, 0)
            if route.target == target and delay > delays.get(route.origin, -1):
                delays[route.origin] = delay
                pending.append(route.origin)
    return delays
