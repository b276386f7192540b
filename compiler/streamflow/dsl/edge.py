"""Edges: from a node's port to a node's input, optionally under a condition."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, TypeAlias

from streamflow.diagnostics import CompileError, Diagnostic, Span
from streamflow.dsl.calling import checked_call
from streamflow.dsl.node import Function, Node
from streamflow.dsl.problems import caller_span, report


@dataclass(frozen=True, eq=False)
class Edge:
    """`origin` and `target` as written: `"node"`, `"node.port"`, or `"join.left"` as a target."""

    origin: str
    target: str
    when: Function | None
    span: Span


EdgeLike: TypeAlias = Edge | Sequence[str]


@checked_call("edge", {"a": 'edge("origin", "target", when=...)', "b": 'edge("origin", "target", when=...)'})
def edge(a: str, b: str, *, when: Function | None = None) -> Edge:
    """An edge from `a` to `b`; with `when`, only packets for which `when(data)` is true take it."""
    span = caller_span()
    for end in (a, b):
        if not isinstance(end, str):
            help = f'write "{end.name}"' if isinstance(end, Node) else 'write edge("origin", "target")'
            raise CompileError([Diagnostic("SF010", span, f"an edge is between names, and {end!r} is none", help)])
    if when is not None and not callable(when):
        help = 'write when=lambda data: data["amount"] > 100'
        report(Diagnostic("SF004", span, f"`when` must be a function, not {when!r}", help))
        when = None
    return Edge(a, b, when, span)


def edges_of(written: Iterable[EdgeLike], span: Span) -> tuple[Edge, ...]:
    """Single edges in the order written: a path of names is an edge for each pair."""
    found: list[Edge] = []
    written = tuple(written)
    if len(written) > 1 and all(isinstance(item, str) for item in written):
        help = f"write edges=[({', '.join(map(_quoted, written))})]"
        report(Diagnostic("SF010", span, "`edges` is a list of paths, and this is one path", help))
        return ()
    for item in written:
        if isinstance(item, Edge):
            found.append(item)
        elif _is_path(item):
            found += [Edge(a, b, None, span) for a, b in pairwise(item)]
        else:
            names = _names(item)
            help = f"write ({', '.join(names)})" if names else "an edge is a tuple of two or more names"
            if not names:
                help += ', such as ("source", "filter", "sink")'
            report(Diagnostic("SF010", span, f"{item!r} is not an edge", help))
    return tuple(found)


def _names(item: Any) -> list[str]:
    """The names of a path that is written with nodes themselves."""
    if isinstance(item, (tuple, list)) and len(item) >= 2 and all(isinstance(one, (str, Node)) for one in item):
        return [_quoted(one.name if isinstance(one, Node) else one) for one in item]
    return []


def _quoted(name: object) -> str:
    return f'"{name}"'


def _is_path(item: Any) -> bool:
    return isinstance(item, (tuple, list)) and len(item) >= 2 and all(isinstance(name, str) for name in item)
