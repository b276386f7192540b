"""Puts the nodes that a plugin's kind stands for in the place of a node of that kind."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import pairwise

from streamflow.diagnostics import Diagnostic
from streamflow.dsl.edge import Edge
from streamflow.dsl.node import Node
from streamflow.dsl.problems import collecting, report


def lowered(nodes: Iterable[Node], edges: Sequence[Edge]) -> tuple[tuple[Node, ...], tuple[Edge, ...]]:
    """The nodes and edges of a graph in which every node is one that the compiler knows, or emits.

    What enters a node enters the first of those that stand for it; `out` leaves the last of them, other ports the one
    that has its name, and failures any of them.
    """
    found: list[Node] = []
    inner: list[Edge] = []
    chains: dict[str, tuple[Node, ...]] = {}
    for node in nodes:
        chain = _chain(node)
        found += chain
        if len(chain) > 1:
            chains[node.name] = chain
            inner += [Edge(before.name, after.name, None, node.span) for before, after in pairwise(chain)]
    return tuple(found), (*(led for edge in edges for led in _led(edge, chains)), *inner) if chains else tuple(edges)


def _chain(node: Node) -> tuple[Node, ...]:
    declared = node.declared
    if declared is None or declared.lower is None or node.options is None:
        return (node,)
    with collecting() as problems:
        made = declared.lower(node.name, node.options)
    chain = (made,) if isinstance(made, Node) else tuple(made)
    for problem in problems:
        report(replace(problem, span=node.span))
    if [part.name for part in chain].count(node.name) != 1:
        message = f"`{node.name}`: the nodes that stand for a {node.kind} are called {[part.name for part in chain]}"
        report(Diagnostic("SF040", node.span, message, "the plugin has to give one of them the node's own name"))
        return (replace(node, options=None),)
    return tuple(replace(part, span=node.span) for part in chain)


def _led(edge: Edge, chains: dict[str, tuple[Node, ...]]) -> Iterable[Edge]:
    """An edge to and from what stands for its ends."""
    origin, dot, port = edge.origin.partition(".")
    target = edge.target
    if target in chains:
        target = chains[target][0].name
    chain = chains.get(origin)
    if chain is None:
        yield replace(edge, target=target)
    elif port in ("", "out"):
        yield replace(edge, origin=chain[-1].name, target=target)
    elif port == "error":
        yield from (replace(edge, origin=f"{part.name}.error", target=target) for part in chain)
    else:
        yield replace(edge, origin=f"{origin}{dot}{port}", target=target)
