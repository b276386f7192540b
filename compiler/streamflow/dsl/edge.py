"""Edges: from a node's port to a node's input, optionally under a condition."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, TypeAlias

from streamflow.diagnostics import Diagnostic, Span
from streamflow.dsl.node import Function
from streamflow.dsl.problems import caller_span, report


@dataclass(frozen=True, eq=False)
class Edge:
    """`origin` and `target` as written: `"node"`, `"node.port"`, or `"join.left"` as a target."""

    origin: str
    target: str
    when: Function | None
    span: Span


EdgeLike: TypeAlias = Edge | Sequence[str]


def edge(a: str, b: str, *, when: Function | None = None) -> Edge:
    """An edge from `a` to `b`; with `when`, only packets for which `when(data)` is true take it."""
    return Edge(a, b, when, caller_span())


def edges_of(written: Iterable[EdgeLike], span: Span) -> tuple[Edge, ...]:
    """Single edges in the order written: a path of names is an edge for each pair."""
    found: list[Edge] = []
    for item in written:
        if isinstance(item, Edge):
            found.append(item)
        elif _is_path(item):
            found += [Edge(a, b, None, span) for a, b in pairwise(item)]
        else:
            help = 'an edge is a tuple of two or more names, such as ("source", "filter", "sink")'
            report(Diagnostic("SF010", span, f"{item!r} is not an edge", help))
    return tuple(found)


def _is_path(item: Any) -> bool:
    return isinstance(item, (tuple, list)) and len(item) >= 2 and all(isinstance(name, str) for name in item)
