"""Where packets that failed enter again: a method for each node, and each edge with a condition, that has none.

Nodes in the midst of fused code have no method that takes a packet. Theirs runs the node alone and hands on to the next
one's, so that this code is as long as the program, and the fused code stays as it is.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace

from streamflow.ir.graph import Edge, Node
from streamflow.target.emission import Emission
from streamflow.target.flow import Flow
from streamflow.target.quote import literal, statement
from streamflow.target.source import keyed_apart


def emit_entries(emission: Emission) -> dict[str, str]:
    """Emit what is missing; gives the names of methods by node, input of a join, or label of an edge."""
    graph = emission.graph
    apart = replace(graph, edges=tuple(replace(edge, fused=False) for edge in graph.edges))
    own = _Apart(apart, emission.emitter, emission.python, counted=emission.counted, _methods={*emission._methods})
    own.inlined = {edge.label for edge in graph.edges if edge.fused}
    entries = {place: _name(method) for place, method in _entries(own)}
    own.emit_heads()
    _take_over(emission, own)
    return entries


class _Apart(Emission):
    """Nothing is fused, though conditions stand where they did (`inlined`); a method is one node's, or edge's."""

    inlined: set[str]
    _where: str

    def stands_apart(self, edge: Edge) -> bool:
        return edge.when is not None

    def inlines(self, edge: Edge) -> bool:
        return edge.label in self.inlined

    def gained(self, where: str, flow: Flow) -> None:
        self._where = where

    def counts(self, node: Node, may_be_none: bool) -> bool:
        return node.name in self.counted

    def report(self, flow: Flow) -> ast.stmt:
        return statement("self.fail(where_, error, packet_)", where_=literal(self._where), packet_=flow.head())


def _entries(own: _Apart) -> Iterator[tuple[str, ast.expr]]:
    for node in own.graph.nodes:
        if node.family == "source" and _enters_source(node):
            yield node.name, keyed_apart(own, node)
        elif node.family not in ("source", "sink"):
            for into in sorted({edge.input for edge in own.graph.into(node.name)}):
                place = node.name if into == "in" else f"{node.name}.{into}"
                yield place, own.entry(Edge("", "", node.name, input=into))
    for edge in own.graph.edges:
        if edge.when is not None:
            yield edge.label, own.entry_of_edge(edge)


def _enters_source(node: Node) -> bool:
    """Whether all that can fail with a packet at a source is its key."""
    return node.options.get("key") is not None and node.options.get("dedupe_key") is None and node.function is None


def _take_over(emission: Emission, own: Emission) -> None:
    """What both need is there once."""
    assert not own.classes, "classes are made where stages are"
    there = {method.name for method in emission.methods if isinstance(method, ast.FunctionDef)}
    emission.methods += [made for made in own.methods if isinstance(made, ast.FunctionDef) and made.name not in there]
    emission.called |= own.called
    emission.checks |= own.checks
    emission.runtime |= own.runtime
    emission.places |= own.places


def _name(method: ast.expr) -> str:
    assert isinstance(method, ast.Attribute)
    return method.attr
