"""Filters: packets for which a condition holds go on, the others leave by a port."""

from __future__ import annotations

import ast

from streamflow.ir.graph import Node
from streamflow.target.emission import Emission, End
from streamflow.target.flow import Flow


def divide(emission: Emission, node: Node, flow: Flow, condition: ast.expr, port: str) -> list[End]:
    """An early exit where nothing is behind the port of those that don't go on, else an `if` with both ways."""
    if not emission.graph.out(node.name, port):
        return [("out", emission.only_if(condition, flow, node.name))]
    kept: list[ast.stmt] = []
    rejected: list[ast.stmt] = []
    flow.put(ast.If(condition, kept, rejected))
    inside = flow.inside(kept)
    inside.count(node.name, emission.counter(node.name))
    return [("out", inside), (port, flow.inside(rejected))]
