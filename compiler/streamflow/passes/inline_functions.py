"""Put the expression of a node's function in the place of its call.

Before:
    source.manual readings()
    transform celsius(function=lambda data: data["f"] / 2)
    sink.log out()
    readings -> celsius
    celsius -> out

After:
    source.manual readings()
    inline transform celsius(function=lambda data: data["f"] / 2)
    sink.log out()
    readings -> celsius
    celsius -> out

Why: a call costs more than most expressions, and passes can see through what stands in the loop itself.

Not done when: the function is more than one expression, is async or imported, assigns with `:=`, or hands out a lambda
or generator that could see a later packet.
"""

from __future__ import annotations

from dataclasses import replace

from streamflow.ir.graph import Graph, Node
from streamflow.ir.inlining import inlinable


def inline_functions(graph: Graph) -> Graph:
    """Mark every node with a function that can stand in the place of its call."""
    return graph.with_nodes(replace(node, inlined=True) for node in graph.nodes if _has_inlinable(node))


def _has_inlinable(node: Node) -> bool:
    return any(inlinable(function) for function in node.functions)
