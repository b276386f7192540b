"""Samples: whether a packet is kept is a matter of its key, or of its position."""

from __future__ import annotations

import ast

from streamflow.ir.graph import Node
from streamflow.target.aggregate import key_of
from streamflow.target.emission import Emission, End
from streamflow.target.filter import divide
from streamflow.target.flow import Flow
from streamflow.target.quote import expression, literal


def emit(emission: Emission, node: Node, flow: Flow) -> list[End]:
    """What is not kept leaves by `rejected`."""
    sample = flow.method.alias(emission.identifiers[node.name], emission.attribute(node))
    key = key_of(emission, node, flow)
    if node.options.get("every") is not None:
        condition = expression("sample_.is_turn()", sample_=sample)
    elif key is None:
        condition = expression("sample_.keeps_next()", sample_=sample)
    else:
        condition = expression("sample_.keeps(key_)", sample_=sample, key_=key)
    return divide(emission, node, flow, condition, "rejected")


def construct(emission: Emission, node: Node, upstream: ast.expr) -> ast.expr:
    """The expression that makes what decides, and counts positions."""
    emission.runtime.add("Sample")
    made = expression("Sample(self, name_, upstream_)", name_=literal(node.name), upstream_=upstream)
    assert isinstance(made, ast.Call)
    given = {option: node.options.get(option) for option in ("rate", "every", "seed")}
    made.keywords += [ast.keyword(option, literal(value)) for option, value in given.items() if value]
    return made
